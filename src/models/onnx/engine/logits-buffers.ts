import type { Shared } from './machine.js';
import { letGo } from './memory.js';

/** A pass's logits, in memory that is used again when the last user has let go of it. */
export interface LogitsBuffer extends Shared {
  /** Of the length asked for; what is in it is left from the last use. */
  readonly values: Float32Array;
}

/** A buffer is not used for less than this share of it. */
const leastUse = 0.25;
/** Unused buffers that are kept for later passes. */
const mostKept = 2;

/**
 * Buffers for logits. They are as large as the weights of a small model and fresh memory is slow to write to, so they
 * are used again; one stays as long as any prediction of its pass.
 */
export class LogitsBuffers {
  #free: Float32Array<ArrayBuffer>[] = [];
  #used = 0;
  #usedBytes = 0;

  /** Buffers that somebody uses, and bytes of all there are. */
  get usage(): { readonly buffers: number; readonly logitsBytes: number } {
    const freeBytes = this.#free.reduce((sum, { byteLength }) => sum + byteLength, 0);
    return { buffers: this.#used, logitsBytes: this.#usedBytes + freeBytes };
  }

  /** A buffer with one user. */
  take(length: number): LogitsBuffer {
    const memory = this.#find(length);
    this.#used += 1;
    this.#usedBytes += memory.byteLength;
    let users = 1;
    return {
      values: memory.subarray(0, length),
      retain: () => {
        users += 1;
      },
      release: () => {
        users -= 1;
        if (users === 0) this.#giveBack(memory);
      },
    };
  }

  /** The smallest free one that is large enough, but not far too large; a new one otherwise. */
  #find(length: number): Float32Array<ArrayBuffer> {
    const fitting = this.#free
      .filter((memory) => memory.length >= length && length >= memory.length * leastUse)
      .sort((a, b) => a.length - b.length)[0];
    if (fitting === undefined) return new Float32Array(length);
    this.#free = this.#free.filter((memory) => memory !== fitting);
    return fitting;
  }

  #giveBack(memory: Float32Array<ArrayBuffer>): void {
    this.#used -= 1;
    this.#usedBytes -= memory.byteLength;
    const free = [memory, ...this.#free];
    this.#free = free.slice(0, mostKept);
    letGo(free.slice(mostKept));
  }
}
