/** A value that is computed when it is first wanted and kept from then on. What it is computed from is let go then. */
export class Lazy<T> {
  #state: { readonly compute: () => T } | { readonly value: T };

  constructor(compute: () => T) {
    this.#state = { compute };
  }

  get value(): T {
    if ('value' in this.#state) return this.#state.value;
    const value = this.#state.compute();
    this.#state = { value };
    return value;
  }
}
