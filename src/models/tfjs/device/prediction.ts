import { checkShape } from '../../../graph/shapes.js';
import type { Prediction, Shape } from '../../../graph/values.js';
import { Counted, type LiveCount } from '../../handles/counted.js';
import { callsOf, changes, positionsOf, residualOf, shapedFrom, type Source } from './source.js';

/** What a prediction on the device stands for. */
export interface OnDevice {
  readonly source: Source;
  /** The block that a denoise call was made for; `null` for AR scores, which have no posterior. */
  readonly noisy: readonly number[] | null;
}

/** A prediction whose logits are on a device. It keeps those that it is computed from. */
export class DevicePrediction extends Counted implements Prediction {
  readonly positions: number;
  readonly vocabularySize: number;
  readonly #count: LiveCount;
  readonly #held: OnDevice;

  constructor(count: LiveCount, vocabularySize: number, held: OnDevice) {
    super('prediction', count);
    this.#count = count;
    this.#held = held;
    this.vocabularySize = vocabularySize;
    this.positions = positionsOf(held.source);
    for (const { pass } of callsOf(held.source)) pass.retain();
  }

  get held(): OnDevice {
    this.assertLive();
    return this.#held;
  }

  shaped(shape: Shape): DevicePrediction {
    const { source: of } = this.held;
    checkShape(shape);
    return this.#derived(changes(shape, this.vocabularySize) ? shapedFrom(of, shape) : of);
  }

  residual(other: Prediction): DevicePrediction {
    if (!(other instanceof DevicePrediction && other.belongsTo(this.#count))) {
      throw new Error('a residual needs two predictions of one model');
    }
    return this.#derived(residualOf(this.held.source, other.held.source));
  }

  #derived(source: Source): DevicePrediction {
    return new DevicePrediction(this.#count, this.vocabularySize, { source, noisy: this.#held.noisy });
  }

  protected override free(): void {
    for (const { pass } of callsOf(this.#held.source)) pass.release();
  }
}
