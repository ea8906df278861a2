import type { Tf } from '../../../../src/models/tfjs/backend.js';

/** As much as tests need of the inside of the library's WASM backend. */
interface Inside {
  readonly HEAPU8: Uint8Array;
  _malloc: (bytes: number) => number;
  _free: (at: number) => void;
}

export function insideOf(tf: Tf): Inside {
  const inside: unknown = Reflect.get(tf.findBackend('wasm'), 'wasm');
  if (typeof inside !== 'object' || inside === null) throw new Error('the WASM backend has not been started');
  return inside as Inside;
}

/**
 * Takes what WebAssembly can address, but for a piece of `rest` bytes, and what kernels need by themselves. Nothing is written to it, so
 * that it costs no memory. Gives a function that gives it back.
 */
export function takeMemory(tf: Tf, rest: number): () => void {
  const inside = insideOf(tf);
  const taken: number[] = [];
  const take = (bytes: number): boolean => {
    try {
      const at = inside._malloc(bytes) >>> 0;
      if (at !== 0) taken.push(at);
      return at !== 0;
    } catch {
      return false;
    }
  };
  take(rest);
  for (let bytes = 2 ** 30; bytes >= 2 ** 16; bytes /= 2) while (take(bytes));
  const gap = taken.shift();
  if (gap !== undefined) inside._free(gap);
  return () => {
    for (const at of taken.splice(0)) inside._free(at);
  };
}
