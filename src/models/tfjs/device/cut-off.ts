import type { Tensor } from '@tensorflow/tfjs-core';
import type { Device } from './device.js';
import { tokenReached, totals } from './search.js';

/** Scores further below the highest have a probability of 0 in single precision. */
const lowest = -127;
/** The search begins between `lowest` and `lowest + span`, above the highest score, and ends with parts of this many bits. */
const span = 128;
const bits = 28;

/** Numbers that a comparison of all scores with several limits at once may fill: 128 MiB, which any WebGPU device takes in one piece. */
const roomForComparison = 2 ** 25;

/**
 * Which tokens are kept when the most probable ones are taken, one after the other and the lowest ids first among equals, until they
 * weigh `target` [N, 1] together: [N, columns] of booleans, all that have a probability where these weigh less.
 *
 * @param centred - [N, columns] scores, the highest of each row 0.
 * @param weights - [N, columns]; `null` where every token weighs 1.
 */
export function keptAbove(device: Device, centred: Tensor, weights: Tensor | null, target: Tensor): Tensor {
  const { tf } = device;
  const { low, high } = bracket(device, centred, weights, target);
  const above = tf.greaterEqual(centred, high);
  const weighed = (chosen: Tensor): Tensor => {
    const ones = tf.cast(chosen, 'float32');
    return weights === null ? ones : tf.mul(ones, weights);
  };
  const missing = tf.tidy(() => tf.sub(target, totals(device, weighed(above))));
  const equal = tf.logicalAnd(tf.greaterEqual(centred, low), tf.less(centred, high));
  const last = tf.tidy(() => tokenReached(device, weighed(equal), missing, 'less'));
  return tf.logicalOr(above, tf.logicalAnd(equal, tf.lessEqual(device.tokens, last)));
}

/**
 * The neighbouring limits [N, 1] of which tokens at or above the lower one weigh enough, and those at or above the higher one do not:
 * no further apart than scores are rounded.
 */
function bracket(
  device: Device,
  centred: Tensor,
  weights: Tensor | null,
  target: Tensor,
): { low: Tensor; high: Tensor } {
  const { tf } = device;
  const [rows = 0, columns = 0] = centred.shape;
  const perLevel = bitsAtOnce(rows * columns);
  const ways = 2 ** perLevel;
  const scores = tf.reshape(centred, [rows, 1, columns]);
  const ownWeights = weights && tf.reshape(weights, [rows, 1, columns]);
  let low: Tensor = tf.fill([rows, 1], lowest);
  let high: Tensor = tf.fill([rows, 1], lowest + span);
  let step = span;
  for (let level = 0; level < bits / perLevel; level += 1) {
    step /= ways;
    const offsets = Float32Array.from({ length: ways - 1 }, (_, way) => (way + 1) * step);
    const [from, to, part] = [low, high, step];
    [low, high] = tf.tidy(() => {
      const limits = tf.add(from, tf.tensor2d(offsets, [1, ways - 1]));
      const reached = tf.cast(tf.greaterEqual(scores, tf.reshape(limits, [rows, ways - 1, 1])), 'float32');
      const weight = tf.sum(ownWeights === null ? reached : tf.mul(reached, ownWeights), 2);
      const enough = tf.sum(tf.cast(tf.greaterEqual(weight, target), 'float32'), 1, true);
      // What was compared is computed again in the same way, since it may have been rounded.
      const limit = (count: Tensor): Tensor => tf.add(from, tf.mul(count, part));
      const next = tf.where(tf.less(enough, ways - 1), limit(tf.add(enough, 1)), to);
      return [limit(enough), next];
    });
  }
  return { low, high };
}

/** How many bits of the limit a round finds: fewer rounds where all fits, less memory where it does not. */
export const bitsAtOnce = (scores: number): 1 | 2 | 4 =>
  scores * 15 <= roomForComparison ? 4 : scores * 3 <= roomForComparison ? 2 : 1;
