import type { Tensor } from '@tensorflow/tfjs-core';
import { divergenceEpsilon } from '../../../graph/effects.js';
import type { Device } from './device.js';
import type { Distributions } from './distributions.js';
import { segmentMaxima, segmentsAt, totals, valuesAt, valuesOf } from './search.js';

/** What is asked of distributions at N positions, in a few numbers a position: [N, numbers]. */

/** Token and probability of the most probable one, the lowest id among equals. */
export function mostProbable({ tf }: Device, of: Distributions): Tensor {
  return tf.concat([of.best.token, of.highest], 1);
}

/** -sum p log p in nats. */
export function entropy(device: Device, of: Distributions): Tensor {
  const { tf } = device;
  return tf.neg(totals(device, tf.mul(of.probabilities, of.logsOf(of.scores))));
}

/** The largest probability. */
export const highest = (_: Device, of: Distributions): Tensor => of.highest;

/** The largest two probabilities. */
export function highestTwo(device: Device, of: Distributions): Tensor {
  const { tf, layout } = device;
  const { probabilities, highest: first } = of;
  const { segment, inside } = of.best;
  const without = (values: Tensor, index: Tensor, size: number): Tensor =>
    tf.max(tf.mul(values, tf.cast(tf.notEqual(device.upwards(size), index), 'float32')), 1, true);
  const beside = without(segmentsAt(device, probabilities, segment), inside, layout.width);
  const elsewhere = without(segmentMaxima(device, probabilities), segment, layout.segments);
  return tf.concat([first, tf.maximum(beside, elsewhere)], 1);
}

/** Log-probabilities of a given token a row, and of the most probable one. */
export function logsOfTokens(device: Device, of: Distributions, tokens: readonly number[]): Tensor {
  const { tf } = device;
  const { segment, inside } = of.best;
  const best = valuesAt(device, segmentsAt(device, of.scores, segment), inside);
  return tf.concat([of.logsOf(valuesOf(device, of.scores, tokens)), of.logsOf(best)], 1);
}

/** KL(p || q) in nats. */
export function kullbackLeibler(device: Device, p: Distributions, q: Distributions): Tensor {
  const { tf } = device;
  const above = (of: Distributions): Tensor => tf.add(of.probabilities, divergenceEpsilon);
  return totals(device, tf.mul(p.probabilities, tf.log(tf.div(above(p), above(q)))));
}

/** Half of sum |p - q|. */
export function totalVariation(device: Device, p: Distributions, q: Distributions): Tensor {
  const { tf } = device;
  return tf.div(totals(device, tf.abs(tf.sub(p.probabilities, q.probabilities))), 2);
}
