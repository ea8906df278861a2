import type { Prediction } from '../../graph/values.js';
import { cleanPrediction, type Distribution, type RawPrediction } from '../questions/distribution.js';
import { Counted, type LiveCount } from './counted.js';

/** The logits of one call, read to the host once per pass. */
export class TfjsPrediction extends Counted implements Prediction {
  readonly positions: number;
  /** The block that a denoise call was made for; `null` for AR scores, which have no posterior. */
  readonly noisy: readonly number[] | null;
  #raw: RawPrediction | null;
  #distribution: Distribution | null = null;

  constructor(count: LiveCount, raw: RawPrediction, noisy: readonly number[] | null) {
    super('prediction', count);
    this.positions = raw.revealed.length;
    this.noisy = noisy;
    this.#raw = raw;
  }

  /** The network's raw output, [positions, V] row-major. */
  get logits(): Float32Array {
    return this.raw().logits;
  }

  /** Computed at the first question and kept for the others. */
  get distribution(): Distribution {
    const raw = this.raw();
    this.#distribution ??= cleanPrediction(raw);
    return this.#distribution;
  }

  private raw(): RawPrediction {
    this.assertLive();
    if (this.#raw === null) throw new Error('a live prediction has no logits');
    return this.#raw;
  }

  protected override free(): void {
    this.#raw = null;
    this.#distribution = null;
  }
}
