import type { Handle } from '../../graph/values.js';

/** How many handles of a model have not been released yet. */
export interface LiveCount {
  live: number;
}

/** A handle with a count of references. It starts with one; at zero it lets go of what it stands for. */
export abstract class Counted implements Handle {
  readonly #what: string;
  readonly #count: LiveCount;
  #references = 1;

  /** `what` names the handle in messages. */
  protected constructor(what: string, count: LiveCount) {
    this.#what = what;
    this.#count = count;
    count.live += 1;
  }

  get references(): number {
    return this.#references;
  }

  retain(): void {
    this.assertLive();
    this.#references += 1;
  }

  release(): void {
    this.assertLive();
    this.#references -= 1;
    if (this.#references > 0) return;
    this.#count.live -= 1;
    this.free();
  }

  /** Throws an `Error` when the last reference is gone. */
  assertLive(): void {
    if (this.#references === 0) throw new Error(`this ${this.#what} has been released already`);
  }

  /** Whether it was made by the model that keeps this count. */
  belongsTo(count: LiveCount): boolean {
    return this.#count === count;
  }

  protected abstract free(): void;
}

/** Gives a handle back if the model that keeps `count` may use it. Throws an `Error` that says why not otherwise. */
export function own<T extends Counted>(
  handle: T,
  { count, name, disposed }: { readonly count: LiveCount; readonly name: string; readonly disposed: boolean },
): T {
  if (disposed) throw new Error(`the model ${name} has been disposed of`);
  if (!handle.belongsTo(count)) throw new Error('this handle belongs to another model');
  handle.assertLive();
  return handle;
}
