import { philox } from './philox.js';

/** A 64-bit key as two words. */
export interface StreamKey {
  readonly low: number;
  readonly high: number;
}

const words = new Uint32Array(4);

const derive = (key: StreamKey, a: number, b: number, c: number, d: number): StreamKey => {
  philox(a, b, c, d, key.low, key.high, words, 0);
  return { low: words[0] ?? 0, high: words[1] ?? 0 };
};

/** The key of a seed, an integer from 0 to 2^53 - 1. */
export const seedKey = (seed: number): StreamKey => ({ low: seed >>> 0, high: Math.floor(seed / 2 ** 32) >>> 0 });

/**
 * The key of a node under a seed. It depends on the node's path alone, by absorbing four UTF-16 units at a
 * time: neither the order of nodes in a document nor what else is in it changes a node's randomness.
 */
export function nodeKey(seed: StreamKey, path: string): StreamKey {
  let key = seed;
  for (let i = 0; i < path.length; i += 4) {
    const unit = (at: number): number => (at < path.length ? path.charCodeAt(at) + 1 : 0);
    key = derive(key, unit(i), unit(i + 1), unit(i + 2), unit(i + 3));
  }
  return derive(key, path.length, 0, 0, 0x6e6f6465);
}

/**
 * `count` uniforms in [0, 1) with 32 bits each, from the `offset`-th (a multiple of 4) on, of the stream
 * (key, row, iterations of the enclosing loops from the outermost in).
 */
export function uniforms(
  key: StreamKey,
  row: number,
  iterations: readonly number[],
  offset: number,
  count: number,
): number[] {
  let stream = key;
  for (let i = 0; i < iterations.length - 2; i++) stream = derive(stream, iterations[i] ?? 0, i, 0, 0x6c6f6f70);
  const outer = iterations.at(-2) ?? 0;
  const inner = iterations.at(-1) ?? 0;
  const drawn = new Array<number>(count);
  for (let i = 0; i < count; i += 4) {
    philox((offset + i) >>> 2, row, outer, inner, stream.low, stream.high, words, 0);
    for (let j = 0; j < 4 && i + j < count; j++) drawn[i + j] = (words[j] ?? 0) / 2 ** 32;
  }
  return drawn;
}
