import type { Tensor } from '@tensorflow/tfjs-core';
import type { Device } from './device.js';

/**
 * Searches among values [N, columns] on two levels: over sums or maxima of segments first, then inside the one that was found.
 * Everything beyond those sums is over [N, segments] and [N, width].
 */

/** [N, segments, width]. */
const bySegment = ({ tf, layout }: Device, values: Tensor): Tensor =>
  tf.reshape(values, [-1, layout.segments, layout.width]);

/** [N, segments]. */
export const segmentSums = (device: Device, values: Tensor): Tensor => device.tf.sum(bySegment(device, values), 2);

/** [N, 1]: sums of rows, by segments, so that no backend adds up the whole vocabulary one by one. */
export const totals = (device: Device, values: Tensor): Tensor => device.tf.sum(segmentSums(device, values), 1, true);

/** [N, segments]. */
export const segmentMaxima = (device: Device, values: Tensor): Tensor => device.tf.max(bySegment(device, values), 2);

/** [N, width]: of values [N, columns] the segments with the indices [N, 1]. */
export function segmentsAt(device: Device, values: Tensor, indices: Tensor): Tensor {
  const { tf, layout } = device;
  return layout.segments === 1 ? values : tf.gatherND(bySegment(device, values), inRows(device, indices));
}

/** [N, 1]: of values [N, width] those with the indices [N, 1]. */
export const valuesAt = (device: Device, values: Tensor, indices: Tensor): Tensor =>
  device.tf.reshape(device.tf.gatherND(values, inRows(device, indices)), [-1, 1]);

/**
 * [N, 2]: indices [N, 1] in rows, each behind its row's own. Those in all rows one behind the other would be too large: WebGPU's
 * operations compute with indices in single precision.
 */
function inRows({ tf }: Device, indices: Tensor): Tensor {
  const rows = Int32Array.from({ length: indices.size }, (_, row) => row);
  return tf.concat([tf.tensor2d(rows, [indices.size, 1], 'int32'), tf.cast(indices, 'int32')], 1);
}

/** [N, 1]: of values [N, columns] those of one token a row, which has to be in the vocabulary. */
export const valuesOf = (device: Device, values: Tensor, tokens: readonly number[]): Tensor =>
  valuesAt(device, values, device.tf.tensor2d(Int32Array.from(tokens), [tokens.length, 1], 'int32'));

/** Where a cumulated weight is reached, and how much of it is left there. */
interface Reached {
  /** [N, 1]. */
  readonly index: Tensor;
  /** [N, 1]. */
  readonly rest: Tensor;
}

/** Whether what stands before a token has to be less than the wanted weight, or may be all of it. */
export type Before = 'less' | 'lessEqual';

/**
 * For weights [N, size], none negative, the last index that has a weight and before which not more than `wanted` [N, 1] stands:
 * never one without weight, whatever is rounded. The first index in rows without any weight.
 */
export function reach(device: Device, weights: Tensor, wanted: Tensor, before: Before): Reached {
  const { tf } = device;
  const cumulated = device.sumBefore(weights);
  const candidates = tf.cast(tf.logicalAnd(tf[before](cumulated, wanted), tf.greater(weights, 0)), 'float32');
  const size = weights.shape[1] ?? 0;
  // Counted from 1, since 0 is what rows without candidates give; `relu` brings those back among the indices.
  const counted = device.upwards(size, 1);
  return {
    index: tf.relu(tf.sub(tf.max(tf.mul(candidates, counted), 1, true), 1)),
    rest: tf.sub(wanted, tf.max(tf.mul(candidates, cumulated), 1, true)),
  };
}

/** [N, 1]: the token of each row at which the weights [N, columns] of those before it reach `wanted` [N, 1]. */
export function tokenReached(device: Device, weights: Tensor, wanted: Tensor, before: Before): Tensor {
  const { tf, layout } = device;
  if (layout.segments === 1) return reach(device, weights, wanted, before).index;
  const segment = reach(device, segmentSums(device, weights), wanted, before);
  const inside = reach(device, segmentsAt(device, weights, segment.index), segment.rest, before);
  return tf.add(tf.mul(segment.index, layout.width), inside.index);
}

/** The first of the largest values of each row, all [N, 1]. */
export interface Largest {
  readonly token: Tensor;
  readonly segment: Tensor;
  /** Index in the segment. */
  readonly inside: Tensor;
}

/** The largest of values [N, columns], the lowest token among equals. */
export function largestOf(device: Device, values: Tensor, maxima: Tensor = segmentMaxima(device, values)): Largest {
  const { tf, layout } = device;
  const largest = tf.max(maxima, 1, true);
  const segment = firstAtLeast(device, maxima, largest);
  const inside = firstAtLeast(device, segmentsAt(device, values, segment), largest);
  return { token: tf.add(tf.mul(segment, layout.width), inside), segment, inside };
}

/** [N, 1]: the first index of values [N, size] that is at least `least` [N, 1]. */
function firstAtLeast(device: Device, values: Tensor, least: Tensor): Tensor {
  const { tf } = device;
  const size = values.shape[1] ?? 0;
  const found = tf.cast(tf.greaterEqual(values, least), 'float32');
  // In a row that is not a number nothing is found, which has to give an index all the same.
  return tf.sub(size, tf.maximum(tf.max(tf.mul(found, device.downwards(size)), 1, true), 1));
}
