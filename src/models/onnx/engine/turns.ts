import { threadId } from 'node:worker_threads';

/** What the shared memory says where it is nobody's turn; else the number of the thread plus 1. */
const nobody = 0;

/**
 * ONNX Runtime's WebGPU provider ends the process when two threads are inside it at once, whatever the sessions: all of them write their
 * commands down in the same place. Threads with models on it share a piece of memory that says whose turn it is.
 */
export class Turns {
  readonly shared: Int32Array<SharedArrayBuffer>;
  #last: Promise<unknown> = Promise.resolve();

  constructor(shared = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))) {
    this.shared = shared;
  }

  /** Does something when no other thread is at it, and blocks this one until then; what one thread does comes one after the other. */
  take<T>(act: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(() => this.#alone(act));
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  /** Ends the turn of a thread, if it has it: one that is gone ends none itself. */
  end(thread: number): void {
    if (Atomics.compareExchange(this.shared, 0, thread + 1, nobody) === thread + 1) Atomics.notify(this.shared, 0);
  }

  async #alone<T>(act: () => Promise<T>): Promise<T> {
    for (;;) {
      const whose = Atomics.compareExchange(this.shared, 0, nobody, threadId + 1);
      if (whose === nobody) break;
      Atomics.wait(this.shared, 0, whose);
    }
    try {
      return await act();
    } finally {
      this.end(threadId);
    }
  }
}

/** Those of the models that this thread opens; their threads get to know it. */
export const turns = new Turns();
