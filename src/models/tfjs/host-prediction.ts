import { checkShape } from '../../graph/shapes.js';
import type { Prediction, Shape } from '../../graph/values.js';
import type { Distribution } from '../questions/distribution.js';
import { Lazy } from '../questions/lazy.js';
import { residual, reshape } from '../questions/reshape.js';
import { Counted, type LiveCount } from '../handles/counted.js';

/** What a prediction stands for. */
export interface Predicted {
  readonly positions: number;
  /** The block that a denoise call was made for; `null` for AR scores, which have no posterior. */
  readonly noisy: readonly number[] | null;
  /** Computed at the first question and kept for the others. */
  readonly distribution: Lazy<Distribution>;
}

/** A prediction whose distribution is on the host. */
export class HostPrediction extends Counted implements Prediction {
  readonly positions: number;
  readonly noisy: readonly number[] | null;
  readonly #count: LiveCount;
  #distribution: Lazy<Distribution> | null;

  constructor(count: LiveCount, { positions, noisy, distribution }: Predicted) {
    super('prediction', count);
    this.#count = count;
    this.positions = positions;
    this.noisy = noisy;
    this.#distribution = distribution;
  }

  get distribution(): Distribution {
    return this.lazy.value;
  }

  shaped(shape: Shape): HostPrediction {
    const from = this.lazy;
    checkShape(shape);
    return this.derived(() => reshape(from.value, shape), [from]);
  }

  residual(other: Prediction): HostPrediction {
    if (!(other instanceof HostPrediction && other.belongsTo(this.#count))) {
      throw new Error('a residual needs two predictions of one model');
    }
    const [p, q] = [this.lazy, other.lazy];
    return this.derived(() => residual(p.value, q.value), [p, q]);
  }

  /** A prediction for the same block that keeps what it is computed from until then, whoever releases it. */
  private derived(compute: () => Distribution, from: readonly Lazy<Distribution>[]): HostPrediction {
    const { positions, noisy } = this;
    return new HostPrediction(this.#count, { positions, noisy, distribution: new Lazy(compute, from) });
  }

  private get lazy(): Lazy<Distribution> {
    this.assertLive();
    if (this.#distribution === null) throw new Error('a live prediction has no distribution');
    return this.#distribution;
  }

  protected override free(): void {
    this.#distribution = null;
  }
}
