import { checkShape } from '../../../graph/shapes.js';
import type { Prediction, Shape } from '../../../graph/values.js';
import { Counted, type LiveCount } from '../../handles/counted.js';
import type { HandleChange } from '../engine/protocol.js';
import type { Outbox } from './outbox.js';
import { PredictionSource } from './prediction-source.js';

/** A prediction whose logits are in the engine. */
export class OnnxPrediction extends Counted implements Prediction {
  readonly positions: number;
  readonly #count: LiveCount;
  readonly #outbox: Outbox;
  readonly #source: PredictionSource;

  /** Takes over the source. */
  constructor(count: LiveCount, outbox: Outbox, positions: number, source: PredictionSource) {
    super('prediction', count);
    this.#count = count;
    this.#outbox = outbox;
    this.positions = positions;
    this.#source = source;
  }

  shaped(shape: Shape): OnnxPrediction {
    const from = this.source;
    checkShape(shape);
    // Refuses here what could not be sent later, together with what happened to other handles.
    const plain = structuredClone(shape);
    return this.#made([from], (id) => ({ change: 'shape', id, of: from.id, shape: plain }));
  }

  residual(other: Prediction): OnnxPrediction {
    if (!(other instanceof OnnxPrediction && other.belongsTo(this.#count))) {
      throw new Error('a residual needs two predictions of one model');
    }
    const [p, q] = [this.source, other.source];
    return this.#made([p, q], (id) => ({ change: 'residual', id, of: p.id, other: q.id }));
  }

  /** What the engine knows it by. */
  get source(): PredictionSource {
    this.assertLive();
    return this.#source;
  }

  #made(from: readonly PredictionSource[], make: (id: number) => HandleChange): OnnxPrediction {
    const source = new PredictionSource(this.#outbox, from, make);
    return new OnnxPrediction(this.#count, this.#outbox, this.positions, source);
  }

  protected override free(): void {
    this.#source.release();
  }
}
