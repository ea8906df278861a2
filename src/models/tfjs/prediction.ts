import { cleanPrediction, type RawPrediction } from '../questions/distribution.js';
import { Lazy } from '../questions/lazy.js';
import type { LiveCount } from '../handles/counted.js';
import { HostPrediction } from './host-prediction.js';

/** The logits of one call, read to the host once per pass. */
export class TfjsPrediction extends HostPrediction {
  #raw: RawPrediction | null;

  constructor(count: LiveCount, raw: RawPrediction, noisy: readonly number[] | null) {
    super(count, { positions: raw.revealed.length, noisy, distribution: new Lazy(() => cleanPrediction(raw)) });
    this.#raw = raw;
  }

  /** The network's raw output, [positions, V] row-major. */
  get logits(): Float32Array {
    this.assertLive();
    if (this.#raw === null) throw new Error('a live prediction has no logits');
    return this.#raw.logits;
  }

  protected override free(): void {
    super.free();
    this.#raw = null;
  }
}
