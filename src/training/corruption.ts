import type { NoiseProcess } from '../graph/manifest.js';
import { noiseSchedules } from '../nodes/support/noise.js';
import { stratified, type Random } from './random.js';

/** alpha at t = 1 of the log-linear schedule. */
const SCHEDULE_OFFSET = 1e-3;
const EARLIEST_TIME = 1e-3;

/** d alpha / dt of the log-linear schedule. */
export const scheduleSlope = -(1 - SCHEDULE_OFFSET);

/**
 * A noised copy of clean rows, with what its loss needs at each position (all arrays are [rows x length]).
 * `cross-entropy`: weight of -log p(x0). `uniform-elbo`: alpha_t of the position's block.
 */
export type Corruption =
  | {
      readonly loss: 'cross-entropy';
      readonly blockSize: number;
      readonly tokens: Int32Array;
      readonly weights: Float32Array;
    }
  | {
      readonly loss: 'uniform-elbo';
      readonly blockSize: number;
      readonly tokens: Int32Array;
      readonly alpha: Float64Array;
    };

/** The noise of a model: tokens 0 .. characters - 1 are text; the mask, where there is one, comes behind them. */
export interface Noise {
  readonly process: NoiseProcess;
  readonly characters: number;
}

/**
 * Noise for rows of `clean` whose length `blockSize` divides, so that the loss summed over positions is an
 * unbiased estimate of the rows' negative log-likelihood bound in nats.
 *
 * Block size 1 is pure noise with plain cross-entropy: the autoregressive likelihood. Larger blocks draw
 * their noise level block by block (BD3-LM, arXiv 2503.09573), stratified over the batch.
 */
export function corrupt(noise: Noise, clean: Int32Array, blockSize: number, random: Random): Corruption {
  if (blockSize === 1) return pureNoise(noise, clean, random);
  return noise.process === 'absorbing'
    ? maskBlocks(noise, clean, blockSize, random)
    : scrambleBlocks(noise, clean, blockSize, random);
}

function pureNoise(noise: Noise, clean: Int32Array, random: Random): Corruption {
  const { process, characters } = noise;
  const tokens = clean.map(() => (process === 'absorbing' ? characters : random.integer(characters)));
  return { loss: 'cross-entropy', blockSize: 1, tokens, weights: new Float32Array(clean.length).fill(1) };
}

/**
 * Masks k of a block's n positions, k uniform on 1 .. n, with weight n / k each. This is the masked ELBO with
 * its time integrated out: for t uniform and weight 1/t, E[1/t | k masked] = (n + 1) / k and every k from 0 to
 * n is equally likely. Same expectation as drawing t (MDLM, arXiv 2406.07524), without the noise of 1/t.
 */
function maskBlocks({ characters }: Noise, clean: Int32Array, blockSize: number, random: Random): Corruption {
  const tokens = clean.slice();
  const weights = new Float32Array(clean.length);
  for (const [block, level] of stratified(random, clean.length / blockSize).entries()) {
    const masked = 1 + Math.floor(level * blockSize);
    for (const position of random.permutation(blockSize).subarray(0, masked)) {
      tokens[block * blockSize + position] = characters;
      weights[block * blockSize + position] = blockSize / masked;
    }
  }
  return { loss: 'cross-entropy', blockSize, tokens, weights };
}

function scrambleBlocks({ characters }: Noise, clean: Int32Array, blockSize: number, random: Random): Corruption {
  const tokens = clean.slice();
  const alpha = new Float64Array(clean.length);
  for (const [block, level] of stratified(random, clean.length / blockSize).entries()) {
    const time = EARLIEST_TIME + (1 - EARLIEST_TIME) * level;
    const kept = noiseSchedules['log-linear'](time, SCHEDULE_OFFSET);
    for (let position = block * blockSize; position < (block + 1) * blockSize; position++) {
      alpha[position] = kept;
      if (random.uniform() >= kept) tokens[position] = random.integer(characters);
    }
  }
  return { loss: 'uniform-elbo', blockSize, tokens, alpha };
}
