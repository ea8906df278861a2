import type { Tensor } from '@tensorflow/tfjs';
import type { Tf } from '../models/tfjs/backend.js';
import type { TrainingForward } from '../models/tfjs/training/forward.js';
import { randomRows } from './corpus.js';
import { corrupt, type Noise } from './corruption.js';
import { positionLoss } from './loss.js';
import { drawBlockSizes } from './mixture.js';
import { learningRateAt, update, type OptimizerState } from './optimizer.js';
import type { TrainOptions } from './options.js';
import { cut, type ParameterLayout } from './parameters.js';
import { randomStream } from './random.js';
import { readFirst } from './read.js';

/** What stays the same from step to step. */
export interface StepContext {
  readonly options: TrainOptions;
  readonly noise: Noise;
  readonly layout: ParameterLayout;
  readonly forward: TrainingForward;
  /** The training part of the text. */
  readonly text: Int32Array;
}

/** The loss of one view of a step. */
export interface ViewLoss {
  readonly blockSize: number;
  /** Nats per character. */
  readonly nats: number;
}

/**
 * One step: rows of text noised `views` times, the mean of the views' losses, its gradient, the update.
 * Depends on the state and the step number alone. The caller frees the old state.
 */
export async function trainStep(
  tf: Tf,
  { options, noise, layout, forward, text }: StepContext,
  state: OptimizerState<Tensor>,
  step: number,
): Promise<{ readonly next: OptimizerState<Tensor>; readonly losses: readonly ViewLoss[] }> {
  const { rows, length, seed } = options;
  const clean = randomRows(text, rows, length, randomStream(seed, 'rows', step));
  const blockSizes = drawBlockSizes(options.mixture, options.views, randomStream(seed, 'mixture', step));
  const random = randomStream(seed, 'noise', step);
  const corruptions = blockSizes.map((blockSize) => corrupt(noise, clean, blockSize, random));
  const matrix = (tokens: Int32Array) => tf.tensor2d(tokens, [rows, length], 'int32');

  const viewLosses: Tensor[] = [];
  const gradient = tf.tidy(() => {
    const views = corruptions.map(({ tokens, blockSize }) => ({ tokens: matrix(tokens), blockSize }));
    const differentiate = tf.valueAndGrads((...parts: Tensor[]) => {
      const logits = forward.logits(layout.weights(parts), matrix(clean), views);
      for (const [view, corruption] of corruptions.entries()) {
        const output = logits[view];
        if (output === undefined) throw new Error('every view gives logits');
        // Kept past the gradient's own clean-up, to be reported.
        viewLosses.push(tf.keep(positionLoss(tf, output, clean, corruption, noise.characters).mean()));
      }
      return tf.addN(viewLosses).div(viewLosses.length).asScalar();
    });
    const { grads } = differentiate(cut(layout, state.parameters));
    return tf.concat(grads.map((part) => part.flatten()));
  });

  const learningRate = learningRateAt(options, step);
  const next = update(tf, state, gradient, { ...options, step, learningRate });
  gradient.dispose();
  // Read when everything has been sent out: while a device is waited for, another backend may become the active one.
  const losses = await readFirst(viewLosses).catch((error: unknown) => {
    tf.dispose({ ...next });
    throw error;
  });
  return { next, losses: blockSizes.map((blockSize, view) => ({ blockSize, nats: losses[view] ?? NaN })) };
}
