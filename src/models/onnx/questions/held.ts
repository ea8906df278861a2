import { match } from 'ts-pattern';
import type { Shape } from '../../../graph/values.js';
import type { OnHost } from '../../questions/answer.js';
import { bottomUp } from '../../questions/bottom-up.js';
import { cleanPrediction, type Distribution } from '../../questions/distribution.js';
import { residual, reshape } from '../../questions/reshape.js';
import type { HeldPrediction } from './answerer.js';
import type { SegmentedPrediction } from './segmented-prediction.js';

/** All logits of a call, [positions, V]. */
export type LogitsOf = (raw: SegmentedPrediction) => Float32Array;

type Base = Extract<HeldPrediction, { from: 'logits' }>;
type Tempered = Extract<HeldPrediction, { from: 'shape' }> & {
  readonly shape: Extract<Shape, { shape: 'temperature' }>;
};

/** What predictions stand for, worked out once for each that is asked. */
export class HeldPredictions {
  readonly #bases = new WeakMap<HeldPrediction, Base>();
  readonly #distributions = new WeakMap<HeldPrediction, Distribution>();
  readonly #tempered = new WeakMap<HeldPrediction, SegmentedPrediction | null>();

  /** The call that a prediction goes back to. */
  base(held: HeldPrediction): Base {
    let at = held;
    while (at.from !== 'logits') at = this.#bases.get(at) ?? at.of;
    this.#bases.set(held, at);
    return at;
  }

  /** The prediction as logits, where it can be had without a loop over the vocabulary: as it is, or tempered. */
  raw(held: HeldPrediction): SegmentedPrediction | null {
    const unknown: Tempered[] = [];
    let at = held;
    while (isTempered(at) && !this.#tempered.has(at)) {
      unknown.push(at);
      at = at.of;
    }
    let raw = at.from === 'logits' ? at.raw : (this.#tempered.get(at) ?? null);
    for (const each of unknown.reverse()) {
      const { value } = each.shape;
      raw = raw === null || value === 1 ? raw : { ...raw, temperature: raw.temperature * value, totals: undefined };
      this.#tempered.set(each, raw);
    }
    return raw;
  }

  /** The calls whose logits it takes, all of them, to have this prediction on the host. */
  callsFor(held: HeldPrediction): SegmentedPrediction[] {
    return this.#unknown(held).flatMap((each) => (each.from === 'logits' ? [each.raw] : []));
  }

  /** `logitsOf` gives all logits of those calls. */
  onHost(held: HeldPrediction, logitsOf: LogitsOf): OnHost {
    const { raw, noisy } = this.base(held);
    return { positions: raw.revealed.length, noisy, distribution: this.#distribution(held, logitsOf) };
  }

  /** Keeps what was asked and what comes of calls. What lies between goes when all that is made from it is there. */
  #distribution(held: HeldPrediction, logitsOf: LogitsOf): Distribution {
    const unknown = this.#unknown(held);
    const uses = new Map<HeldPrediction, number>();
    for (const source of unknown.flatMap(sourcesOf)) uses.set(source, (uses.get(source) ?? 0) + 1);
    const between = new Map<HeldPrediction, Distribution>();
    const known = (each: HeldPrediction): Distribution => {
      const distribution = this.#distributions.get(each) ?? between.get(each);
      if (distribution === undefined) throw new Error('a prediction was wanted before what it is made from');
      return distribution;
    };
    for (const each of unknown) {
      const distribution = match(each)
        .with({ from: 'logits' }, ({ raw }) => cleanPrediction({ ...raw, logits: logitsOf(raw) }))
        .with({ from: 'shape' }, ({ of, shape }) => reshape(known(of), shape))
        .with({ from: 'residual' }, ({ of, other }) => residual(known(of), known(other)))
        .exhaustive();
      if (each === held || each.from === 'logits') this.#distributions.set(each, distribution);
      else between.set(each, distribution);
      for (const source of sourcesOf(each)) {
        const left = (uses.get(source) ?? 0) - 1;
        uses.set(source, left);
        if (left === 0) between.delete(source);
      }
    }
    return known(held);
  }

  /** Those whose distributions it takes and that are not known, in the order in which they can be worked out. */
  #unknown(held: HeldPrediction): HeldPrediction[] {
    const found = new Set<HeldPrediction>();
    const isKnown = (each: HeldPrediction) => this.#distributions.has(each) || found.has(each);
    for (const each of bottomUp(held, sourcesOf, isKnown)) found.add(each);
    return [...found];
  }
}

const isTempered = (held: HeldPrediction): held is Tempered =>
  held.from === 'shape' && held.shape.shape === 'temperature';

const sourcesOf = (held: HeldPrediction): readonly HeldPrediction[] =>
  match(held)
    .with({ from: 'logits' }, () => [])
    .with({ from: 'shape' }, ({ of }) => [of])
    .with({ from: 'residual' }, ({ of, other }) => [of, other])
    .exhaustive();
