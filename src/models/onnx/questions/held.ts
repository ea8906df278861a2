import { match } from 'ts-pattern';
import { cleanPrediction, type Distribution } from '../../questions/distribution.js';
import type { OnHost } from '../../questions/answer.js';
import { residual, reshape } from '../../questions/reshape.js';
import type { HeldPrediction } from './answerer.js';
import type { SegmentedPrediction } from './segmented-prediction.js';

/** All logits of a call, [positions, V]. */
export type LogitsOf = (raw: SegmentedPrediction) => Float32Array;

/** What predictions stand for, worked out once for each. */
export class HeldPredictions {
  readonly #distributions = new WeakMap<HeldPrediction, Distribution>();
  readonly #tempered = new WeakMap<HeldPrediction, SegmentedPrediction>();

  /** The prediction as logits, where it can be had without a loop over the vocabulary: as it is, or tempered. */
  raw(held: HeldPrediction): SegmentedPrediction | null {
    return match(held)
      .with({ from: 'logits' }, ({ raw }) => raw)
      .with({ from: 'shape', shape: { shape: 'temperature' } }, ({ of, shape }) => {
        const known = this.#tempered.get(held);
        if (known !== undefined) return known;
        const raw = this.raw(of);
        if (raw === null || shape.value === 1) return raw;
        const tempered = { ...raw, temperature: raw.temperature * shape.value, totals: undefined };
        this.#tempered.set(held, tempered);
        return tempered;
      })
      .otherwise(() => null);
  }

  /** The calls whose logits it takes, all of them, to have this prediction on the host. */
  callsFor(held: HeldPrediction): SegmentedPrediction[] {
    if (this.#distributions.has(held)) return [];
    return match(held)
      .with({ from: 'logits' }, ({ raw }) => [raw])
      .with({ from: 'shape' }, ({ of }) => this.callsFor(of))
      .with({ from: 'residual' }, ({ of, other }) => [...this.callsFor(of), ...this.callsFor(other)])
      .exhaustive();
  }

  /** `logitsOf` gives all logits of those calls. */
  onHost(held: HeldPrediction, logitsOf: LogitsOf): OnHost {
    const { raw, noisy } = baseOf(held);
    return { positions: raw.revealed.length, noisy, distribution: this.#distribution(held, logitsOf) };
  }

  #distribution(held: HeldPrediction, logitsOf: LogitsOf): Distribution {
    const known = this.#distributions.get(held);
    if (known !== undefined) return known;
    const distribution = match(held)
      .with({ from: 'logits' }, ({ raw }) => cleanPrediction({ ...raw, logits: logitsOf(raw) }))
      .with({ from: 'shape' }, ({ of, shape }) => reshape(this.#distribution(of, logitsOf), shape))
      .with({ from: 'residual' }, ({ of, other }) =>
        residual(this.#distribution(of, logitsOf), this.#distribution(other, logitsOf)),
      )
      .exhaustive();
    this.#distributions.set(held, distribution);
    return distribution;
  }
}

/** The call that a prediction goes back to. */
export function baseOf(held: HeldPrediction): Extract<HeldPrediction, { from: 'logits' }> {
  return held.from === 'logits' ? held : baseOf(held.of);
}
