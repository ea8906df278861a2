import type { Tensor } from '@tensorflow/tfjs-core';
import { match } from 'ts-pattern';
import type { Shape } from '../../../graph/values.js';
import { keptAbove } from './cut-off.js';
import type { Device } from './device.js';
import type { Distributions } from './distributions.js';
import { closed } from './layout.js';

/** Scores [N, columns] of distributions reshaped in one way, each row by a shape of its own. */
export function shaped(device: Device, from: Distributions, shapes: readonly Shape[]): Tensor {
  const { tf } = device;
  const values = shapes.map(valueOf);
  const column = (of: (value: number) => number): Tensor => tf.tensor2d(Float32Array.from(values, of), [from.rows, 1]);
  const kept = (which: Tensor, scores: Tensor): Tensor => tf.where(which, scores, closed);
  return match(shapes[0]?.shape)
    .with('temperature', () => (values[0] === 0 ? coldest(device, from) : tempered(device, from, values)))
    .with('top-k', () => {
      const scores = from.centred();
      return kept(
        keptAbove(
          device,
          scores,
          null,
          column((value) => value),
        ),
        scores,
      );
    })
    .with('nucleus', () => {
      const scores = from.centred();
      // A mass of 0 is reached by any token: the first one alone is kept.
      const mass = column((value) => Math.max(value, 2 ** -100));
      return kept(keptAbove(device, scores, from.probabilities, mass), scores);
    })
    .with('min-p', () => {
      const scores = from.centred();
      return kept(tf.greaterEqual(scores, column(Math.log)), scores);
    })
    .with(undefined, () => from.scores)
    .exhaustive();
}

const valueOf = (shape: Shape): number =>
  match(shape)
    .with({ shape: 'temperature' }, ({ value }) => value)
    .with({ shape: 'top-k' }, ({ count }) => count)
    .with({ shape: 'nucleus' }, ({ mass }) => mass)
    .with({ shape: 'min-p' }, ({ ratio }) => ratio)
    .exhaustive();

/** Scores [N, columns] over a temperature a row, none of them 0. */
export function tempered({ tf }: Device, from: Distributions, temperatures: readonly number[]): Tensor {
  // What single precision takes for 0 or for infinite stays a number: scores are all apart there, or all alike.
  const divisors = Float32Array.from(temperatures, (value) => Math.min(Math.max(value, smallest), hottest));
  const scores = from.centred();
  const divided = tf.maximum(tf.div(scores, tf.tensor2d(divisors, [from.rows, 1])), closed);
  // Heat must not bring back tokens that cannot be.
  return tf.where(tf.greater(scores, closed / 2), divided, closed);
}

/** Scores [N, columns] that leave the most probable token of each row alone. */
export function coldest(device: Device, from: Distributions): Tensor {
  const { tf } = device;
  return tf.where(tf.equal(device.tokens, from.best.token), 0, closed);
}

/** Scores [N, columns] of max(0, p - q), and of p where that is zero everywhere or `has` is 0: the positions that q lacks. */
export function residual(device: Device, p: Distributions, q: Distributions, has: readonly number[]): Tensor {
  const { tf } = device;
  const others = has.includes(0)
    ? tf.mul(q.probabilities, tf.tensor2d(Float32Array.from(has), [has.length, 1]))
    : q.probabilities;
  const difference = tf.relu(tf.sub(p.probabilities, others));
  const some = tf.greater(tf.max(difference, 1, true), 0);
  const rest = tf.where(tf.greater(difference, 0), tf.log(tf.maximum(difference, smallest)), closed);
  return tf.where(some, rest, p.scores);
}

/** The least number of single precision with all its digits. */
const smallest = 2 ** -126;
/** A temperature at which all tokens that can be are as probable as each other. */
const hottest = 1e30;
