import { philox } from '../runtime/philox.js';

/** What a stream of randomness is for. Streams of different purposes or steps are independent of each other. */
export type Purpose = 'weights' | 'rows' | 'mixture' | 'noise' | 'validation';

const purposes = { weights: 0, rows: 1, mixture: 2, noise: 3, validation: 4 } satisfies Record<Purpose, number>;

/** A stream of random numbers. */
export interface Random {
  /** Uniform in [0, 1). */
  uniform(): number;
  /** Uniform in 0 .. bound - 1. */
  integer(bound: number): number;
  /** Standard normal (Box-Muller). */
  normal(): number;
  /** 0 .. count - 1 in random order (Fisher-Yates). */
  permutation(count: number): Int32Array;
}

/**
 * The stream of (seed, purpose, step). The generator is counter-based, so the step number is all the state
 * there is: a resumed run draws what the unbroken one would have drawn.
 */
export function randomStream(seed: number, purpose: Purpose, step: number): Random {
  const words = new Uint32Array(4);
  let block = 0;
  let used = 4;
  const word = (): number => {
    if (used === 4) {
      philox(block++, step, purposes[purpose], 0x747261, seed >>> 0, Math.floor(seed / 2 ** 32) >>> 0, words, 0);
      used = 0;
    }
    return words[used++] ?? 0;
  };
  const uniform = (): number => word() / 2 ** 32;
  const integer = (bound: number): number => Math.floor(uniform() * bound);
  return {
    uniform,
    integer,
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
    permutation: (count) => {
      const order = Int32Array.from({ length: count }, (_, i) => i);
      for (let i = count - 1; i > 0; i--) {
        const j = integer(i + 1);
        const [a, b] = [order[i] ?? 0, order[j] ?? 0];
        order[i] = b;
        order[j] = a;
      }
      return order;
    },
  };
}

/** One point in each of `count` equal strata of [0, 1), all at the same place in their strata, in random order. */
export function stratified(random: Random, count: number): Float64Array {
  const offset = random.uniform();
  return Float64Array.from(random.permutation(count), (stratum) => (stratum + offset) / count);
}
