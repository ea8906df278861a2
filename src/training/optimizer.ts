import type { Tensor } from '@tensorflow/tfjs';
import type { Tf } from '../models/tfjs/backend.js';

export interface Schedule {
  /** The learning rate at its highest. */
  readonly learningRate: number;
  /** Steps of linear rise from zero. */
  readonly warmup: number;
  /** Share of the steps, at the end, over which it falls linearly to zero. */
  readonly cooldown: number;
  /** Steps of the whole run. */
  readonly steps: number;
}

/** The first step of the cool-down; `steps` where there is none. */
export const cooldownStart = ({ steps, cooldown }: Pick<Schedule, 'steps' | 'cooldown'>): number =>
  Math.round(steps * (1 - cooldown));

/** Learning rate of the 0-based `step`: rising, constant, falling (arXiv 2405.18392). */
export function learningRateAt(schedule: Schedule, step: number): number {
  const { learningRate, warmup, steps } = schedule;
  const start = cooldownStart(schedule);
  const rise = warmup === 0 ? 1 : Math.min(1, (step + 1) / warmup);
  const fall = step < start ? 1 : Math.max(0, (steps - step) / (steps - start));
  return learningRate * Math.min(rise, fall);
}

/** What a step of training changes, each a vector [P] over all parameters. */
export interface OptimizerState<T> {
  readonly parameters: T;
  /** Exponential moving average of the parameters. */
  readonly average: T;
  /** Moving averages of the gradient and of its square (Adam, arXiv 1412.6980). */
  readonly first: T;
  readonly second: T;
}

/** Names of the vectors, in the order in which they are saved. */
export const optimizerVectors = ['parameters', 'average', 'first', 'second'] as const;

const BETA1 = 0.9;
const BETA2 = 0.999;
const EPSILON = 1e-8;

export interface Update {
  /** 0-based step number. */
  readonly step: number;
  readonly learningRate: number;
  /** Largest norm of the whole gradient; a longer one is scaled down to it. */
  readonly clip: number;
  /** Decay of the average; it rises to this from 0.1, so that the average soon forgets the start. */
  readonly averageDecay: number;
}

/**
 * One step of Adam without weight decay, and the average after it. Returns new tensors; the caller frees the
 * old ones.
 */
export function update(tf: Tf, state: OptimizerState<Tensor>, gradient: Tensor, by: Update): OptimizerState<Tensor> {
  return tf.tidy(() => {
    const norm = gradient.square().sum().sqrt();
    const g = gradient.mul(tf.minimum(1, tf.div(by.clip, norm.add(1e-12))));
    const first = state.first.mul(BETA1).add(g.mul(1 - BETA1));
    const second = state.second.mul(BETA2).add(g.square().mul(1 - BETA2));
    const [bias1, bias2] = [1 - BETA1 ** (by.step + 1), 1 - BETA2 ** (by.step + 1)];
    const change = first.mul(by.learningRate / bias1).div(second.div(bias2).sqrt().add(EPSILON));
    const parameters = state.parameters.sub(change);
    const decay = Math.min(by.averageDecay, (1 + by.step) / (10 + by.step));
    return { parameters, average: state.average.mul(decay).add(parameters.mul(1 - decay)), first, second };
  });
}

/** The vectors as tensors; the caller frees them. */
export function onDevice(tf: Tf, vectors: OptimizerState<Float32Array>): OptimizerState<Tensor> {
  return {
    parameters: tf.tensor1d(vectors.parameters),
    average: tf.tensor1d(vectors.average),
    first: tf.tensor1d(vectors.first),
    second: tf.tensor1d(vectors.second),
  };
}

/** The vectors read back. */
export async function onHost(state: OptimizerState<Tensor>): Promise<OptimizerState<Float32Array>> {
  const read = async (tensor: Tensor): Promise<Float32Array> => Float32Array.from(await tensor.data());
  const [parameters, average, first, second] = await Promise.all([
    read(state.parameters),
    read(state.average),
    read(state.first),
    read(state.second),
  ]);
  return { parameters, average, first, second };
}
