import type { Tensor } from '@tensorflow/tfjs';
import type { DitWeights } from '../models/checkpoint/weights.js';
import type { Tf } from '../models/tfjs/backend.js';
import type { TrainingForward } from '../models/tfjs/training/forward.js';
import { corrupt, type Noise } from './corruption.js';
import { positionLoss } from './loss.js';
import { randomStream } from './random.js';
import { readFirst } from './read.js';

/** Negative log-likelihood in nats per character by block size: exact at 1, where it is autoregressive, else an upper bound. */
export type ValidationLoss = ReadonlyMap<number, number>;

export interface ValidationTask {
  readonly forward: TrainingForward;
  readonly weights: DitWeights<Tensor>;
  readonly noise: Noise;
  /** Clean tokens [n x length], flat. */
  readonly rows: Int32Array;
  readonly length: number;
  /** Rows in one pass. */
  readonly batch: number;
  readonly blockSizes: readonly number[];
  readonly seed: number;
  readonly signal: AbortSignal;
}

/**
 * Scores rows at each block size. The noise depends on the seed alone, so that validations of one run compare.
 * Lets other work of the process run between passes; resolves to undefined when aborted.
 */
export async function validate(tf: Tf, task: ValidationTask): Promise<ValidationLoss | undefined> {
  const { forward, weights, noise, rows, length, blockSizes } = task;
  const random = randomStream(task.seed, 'validation', 0);
  const sums = new Map<number, number>(blockSizes.map((blockSize) => [blockSize, 0]));
  for (let at = 0; at < rows.length; at += task.batch * length) {
    await new Promise((resolve) => setImmediate(resolve));
    if (task.signal.aborted) return undefined;
    const clean = rows.subarray(at, at + task.batch * length);
    const corruptions = blockSizes.map((blockSize) => corrupt(noise, clean, blockSize, random));
    const losses = tf.tidy(() => {
      const matrix = (tokens: Int32Array) => tf.tensor2d(tokens, [tokens.length / length, length], 'int32');
      const views = corruptions.map(({ tokens, blockSize }) => ({ tokens: matrix(tokens), blockSize }));
      const logits = forward.logits(weights, matrix(clean), views);
      return logits.map((output, view) => {
        const corruption = corruptions[view];
        if (corruption === undefined) throw new Error('every tensor of logits belongs to a view');
        return positionLoss(tf, output, clean, corruption, noise.characters).sum();
      });
    });
    const passed = await readFirst(losses);
    for (const [view, blockSize] of blockSizes.entries()) {
      sums.set(blockSize, (sums.get(blockSize) ?? 0) + (passed[view] ?? NaN));
    }
  }
  return new Map([...sums].map(([blockSize, sum]) => [blockSize, sum / rows.length]));
}
