import type { Tensor } from '@tensorflow/tfjs';
import { blocked } from '../../attention-masks.js';
import type { Tf } from '../backend.js';
import type { HeadProducts } from './head-products.js';
import { softmax } from './softmax.js';

/**
 * Keys [rows, heads, width, positions] and values [rows, heads, positions, width] of one transformer block: each the
 * way round in which it is multiplied from the right.
 */
export type KeyValues = Readonly<Record<'keys' | 'values', Tensor>>;

/**
 * Room for cached keys comes in multiples of this. The WASM softmax sums in vector lanes, so more padding leaves
 * a row's own sum as it is, bit for bit, only when it shifts what follows by whole turns of its loop.
 */
export const capacityUnit = 16;

/** The room that `tokens` cached tokens take. */
export const capacityFor = (tokens: number): number => Math.ceil(tokens / capacityUnit) * capacityUnit;

/**
 * softmax(q k^T + bias) v over [cached | new] keys, [rows, heads, queries, width]. Cached and new parts stay two
 * products with the values: neither is copied, and the padding behind a row's cached keys adds exact zeros at the
 * end of a sum of its own.
 */
export function attend(
  tf: Tf,
  multiply: HeadProducts,
  q: Tensor,
  fresh: KeyValues,
  cached: KeyValues | null,
  bias: Tensor | null,
): Tensor {
  const biased = (scores: Tensor) => (bias === null ? scores : tf.add(scores, bias));
  const freshScores = multiply(q, fresh.keys);
  if (cached === null) return multiply(softmax(tf, biased(freshScores)), fresh.values);
  const cachedScores = multiply(q, cached.keys);
  const capacity = cachedScores.shape[3] ?? 0;
  const probabilities = softmax(tf, biased(tf.concat([cachedScores, freshScores], 3)));
  const ofCached = tf.slice(probabilities, [0, 0, 0, 0], [-1, -1, -1, capacity]);
  const ofFresh = tf.slice(probabilities, [0, 0, 0, capacity], [-1, -1, -1, -1]);
  return tf.add(multiply(ofCached, cached.values), multiply(ofFresh, fresh.values));
}

/** What decides the additive bias of a pass. */
export interface BiasShape {
  readonly queries: number;
  /** [queries, queries] among the new tokens; `null` where all see all. */
  readonly mask: Float32Array | null;
  /** Room for cached keys and how much of it each row uses; `null` without a cache. */
  readonly cached: { readonly capacity: number; readonly lengths: readonly number[] } | null;
}

/**
 * The bias for the last `last` queries, as far as it goes: of the shape [1 or rows, 1, 1 or last, capacity + queries], from the mask among
 * the new tokens and `blocked` on the padding behind a row's cached keys. `null` where nothing is blocked.
 */
export function attentionBias(tf: Tf, { queries, mask, cached }: BiasShape, last: number): Tensor | null {
  const capacity = cached?.capacity ?? 0;
  const keys = capacity + queries;
  const padding = paddingBias(tf, cached?.lengths ?? [], capacity, keys);
  const among = maskBias(tf, mask?.subarray((queries - last) * queries) ?? null, capacity, keys);
  if (padding === null || among === null) return padding ?? among;
  // Only these two go to the device: together they are as large as all scores of a head.
  return tf.add(padding, among);
}

/** [1 or rows, 1, 1, keys]. */
function paddingBias(tf: Tf, lengths: readonly number[], capacity: number, keys: number): Tensor | null {
  if (lengths.every((length) => length === capacity)) return null;
  const alike = lengths.every((length) => length === lengths[0]);
  const kinds = alike ? lengths.slice(0, 1) : lengths;
  const bias = new Float32Array(kinds.length * keys);
  kinds.forEach((length, kind) => bias.fill(blocked, kind * keys + length, kind * keys + capacity));
  return tf.tensor4d(bias, [kinds.length, 1, 1, keys]);
}

/** [1, 1, last, keys], from rows [last, keys - capacity] of the mask. */
function maskBias(tf: Tf, rows: Float32Array | null, capacity: number, keys: number): Tensor | null {
  if (rows === null || rows.every((value) => value === 0)) return null;
  const queries = keys - capacity;
  const last = rows.length / queries;
  const bias = new Float32Array(last * keys);
  for (let query = 0; query < last; query += 1) {
    bias.set(rows.subarray(query * queries, (query + 1) * queries), query * keys + capacity);
  }
  return tf.tensor4d(bias, [1, 1, last, keys]);
}
