import { seedKey, uniforms } from '../runtime/random.js';

/** Random choices for tests: the same seed gives the same ones. */
export class Draws {
  readonly #seed: number;
  #at = 0;

  constructor(seed: number) {
    this.#seed = seed;
  }

  /** In [0, 1). */
  uniform(): number {
    const [u = 0] = uniforms(seedKey(this.#seed), 0, [], this.#at, 1);
    this.#at += 4;
    return u;
  }

  /** From `min` to `max`, both included. */
  integer(min: number, max: number): number {
    return min + Math.floor(this.uniform() * (max - min + 1));
  }

  chance(probability: number): boolean {
    return this.uniform() < probability;
  }

  /** One of several, each as likely. Throws an `Error` where there are none. */
  pick<T>(items: readonly T[]): T {
    const picked = items[this.integer(0, items.length - 1)];
    if (picked === undefined) throw new Error('there is nothing to pick from');
    return picked;
  }

  list<T>(length: number, make: (index: number) => T): T[] {
    return Array.from({ length }, (_, i) => make(i));
  }
}
