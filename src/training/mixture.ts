import { stratified, type Random } from './random.js';

/** A block size and its share of the training signal. */
export interface MixturePart {
  readonly blockSize: number;
  /** Relative to the other parts' weights. */
  readonly weight: number;
}

/**
 * Block sizes for the `slots` views of one step. One draw falls in each of `slots` equal strata of the
 * cumulative weights, so that a step's views differ in kind and each block size gets its share in expectation.
 */
export function drawBlockSizes(parts: readonly MixturePart[], slots: number, random: Random): number[] {
  const total = parts.reduce((sum, part) => sum + part.weight, 0);
  return Array.from(stratified(random, slots), (point) => {
    let left = point * total;
    const part = parts.find(({ weight }) => (left -= weight) < 0) ?? parts.at(-1);
    if (part === undefined) throw new Error('a mixture has at least one block size');
    return part.blockSize;
  });
}
