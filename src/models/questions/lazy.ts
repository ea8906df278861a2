import { bottomUp } from './bottom-up.js';

/** A value that is computed when it is first wanted and kept from then on. What it is computed from is let go then. */
export class Lazy<T> {
  #state: { readonly compute: () => T; readonly from: readonly Lazy<T>[] } | { readonly value: T };

  /** `from` are the values that `compute` reads, where they may lie thousands deep: they are computed before. */
  constructor(compute: () => T, from: readonly Lazy<T>[] = []) {
    this.#state = { compute, from };
  }

  get value(): T {
    const sourcesOf = (lazy: Lazy<T>) => ('from' in lazy.#state ? lazy.#state.from : []);
    const isKnown = (lazy: Lazy<T>) => 'value' in lazy.#state;
    for (const each of bottomUp<Lazy<T>>(this, sourcesOf, isKnown)) each.#settle();
    return this.#settle();
  }

  #settle(): T {
    if ('value' in this.#state) return this.#state.value;
    const value = this.#state.compute();
    this.#state = { value };
    return value;
  }
}
