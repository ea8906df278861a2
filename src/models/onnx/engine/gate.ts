/** Places in the shared memory. */
const inside = 0;
const closed = 1;

/**
 * A process that ends while a thread of its own is inside ONNX Runtime is aborted. Both threads share a gate: what calls the
 * library goes through it, and whoever ends the process closes it first and waits until nobody is inside.
 */
export class Gate {
  readonly shared: Int32Array<SharedArrayBuffer>;

  constructor(shared = new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT))) {
    this.shared = shared;
  }

  get isClosed(): boolean {
    return Atomics.load(this.shared, closed) === 1;
  }

  /** Does something inside; never ends where the gate is closed, since the process does. */
  async enter<T>(act: () => Promise<T>): Promise<T> {
    Atomics.add(this.shared, inside, 1);
    // Whoever closes it looks afterwards who is inside, so that one of the two sees the other.
    if (this.isClosed) {
      this.#leave();
      return new Promise(() => undefined);
    }
    try {
      return await act();
    } finally {
      this.#leave();
    }
  }

  /** Blocks this thread until nobody is inside, or so many milliseconds have passed. */
  close(patience: number): void {
    Atomics.store(this.shared, closed, 1);
    const end = performance.now() + patience;
    for (;;) {
      const count = Atomics.load(this.shared, inside);
      const left = end - performance.now();
      if (count === 0 || left <= 0) return;
      Atomics.wait(this.shared, inside, count, left);
    }
  }

  /** Lets go of the gate for good: this thread ends, and who is inside never comes out of it. */
  abandon(): void {
    Atomics.store(this.shared, inside, 0);
    Atomics.notify(this.shared, inside);
  }

  #leave(): void {
    Atomics.sub(this.shared, inside, 1);
    Atomics.notify(this.shared, inside);
  }
}
