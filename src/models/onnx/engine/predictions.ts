import type { Shape } from '../../../graph/values.js';
import type { HeldPrediction } from '../questions/answerer.js';
import type { Shared } from './machine.js';

interface Entry {
  readonly held: HeldPrediction;
  readonly buffer: Shared | null;
}

/**
 * The predictions that handles stand for, by number. Those made from others are released before them: the handles' side
 * sees to that.
 */
export class Predictions {
  readonly #entries = new Map<number, Entry>();

  get count(): number {
    return this.#entries.size;
  }

  /** Throws an `Error` where there is none. */
  find(id: number): HeldPrediction {
    const entry = this.#entries.get(id);
    if (entry === undefined) throw new Error('this prediction is gone');
    return entry.held;
  }

  /** Keeps the buffer that the logits of `held` lie in. */
  add(id: number, held: HeldPrediction, buffer: Shared): void {
    buffer.retain();
    this.#entries.set(id, { held, buffer });
  }

  shape(id: number, of: number, shape: Shape): void {
    this.#entries.set(id, { held: { from: 'shape', of: this.find(of), shape }, buffer: null });
  }

  residual(id: number, of: number, other: number): void {
    const held = { from: 'residual', of: this.find(of), other: this.find(other) } as const;
    this.#entries.set(id, { held, buffer: null });
  }

  release(id: number): void {
    this.#entries.get(id)?.buffer?.release();
    this.#entries.delete(id);
  }
}
