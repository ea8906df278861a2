import type { Tensor } from '@tensorflow/tfjs';
import type { Tf } from '../backend.js';
import { inPieces } from '../network/in-pieces.js';
import { softmax } from '../network/softmax.js';
import { customGradient } from './custom-gradient.js';

/** Queries, keys and values [G, L, d], G = rows x heads; queries already scaled by 1/sqrt(d). */
export interface Projections {
  readonly query: Tensor;
  readonly key: Tensor;
  readonly value: Tensor;
}

const MASKED = -1e9;

/** Additive mask [length, length]: 0 where `sees(query, key)`, else a large negative number. */
export function additiveMask(tf: Tf, length: number, sees: (query: number, key: number) => boolean): Tensor {
  const mask = new Float32Array(length * length);
  for (let query = 0; query < length; query++) {
    for (let key = 0; key < length; key++) mask[query * length + key] = sees(query, key) ? 0 : MASKED;
  }
  return tf.tensor2d(mask, [length, length]);
}

/** Softmax attention among the clean tokens. Returns [G, L, d]. */
export function attendClean(tf: Tf, { query, key, value }: Projections, mask: Tensor): Tensor {
  return customGradient(tf, [query, key, value], () => {
    const weights = softmax(tf, tf.matMul(query, key, false, true).add(mask));
    const out = tf.matMul(weights, value);
    return {
      value: out,
      saved: [weights, out],
      gradient: (dy, kept) => {
        const [q, k, v, p] = [kept(0), kept(1), kept(2), kept(3)];
        const scores = tf
          .matMul(dy, v, false, true)
          .sub(alongOutput(dy, kept(4)))
          .mul(p);
        return [tf.matMul(scores, k), tf.matMul(scores, q, true, false), tf.matMul(p, dy, true, false)];
      },
    };
  });
}

/**
 * Attention of noisy tokens to the clean tokens of strictly earlier blocks (`mask` [L, L]) and to the noisy
 * tokens of their own block, under one softmax. The own-block scores are made block by block, so nothing of
 * shape 2L x 2L ever exists. Returns [G, L, d].
 */
export function attendNoisy(tf: Tf, noisy: Projections, clean: Projections, mask: Tensor, blockSize: number): Tensor {
  const { query, key, value } = noisy;
  const [groups = 0, length = 0, size = 0] = query.shape;
  const split = (x: Tensor): Tensor => x.reshape([(groups * length) / blockSize, blockSize, size]);
  const join = (x: Tensor): Tensor => x.reshape([groups, length, size]);
  const own = (x: Tensor): Tensor => x.slice([0, 0, length]).reshape([-1, blockSize, blockSize]);
  return customGradient(tf, [query, key, value, clean.key, clean.value], () => {
    const before = tf.matMul(query, clean.key, false, true).add(mask);
    const inside = inBlocks(tf, split(query), split(key), false, true).reshape([groups, length, blockSize]);
    const weights = softmax(tf, tf.concat([before, inside], -1));
    const [pBefore, pInside] = [weights.slice([0, 0, 0], [groups, length, length]), own(weights)];
    const out = tf.matMul(pBefore, clean.value).add(join(inBlocks(tf, pInside, split(value))));
    return {
      value: out,
      saved: [pBefore, pInside, out],
      gradient: (dy, kept) => {
        const [q, k, v, cleanKey, cleanValue] = [kept(0), kept(1), kept(2), kept(3), kept(4)];
        const [pB, pI, along] = [kept(5), kept(6), alongOutput(dy, kept(7))];
        const dyInside = split(dy);
        const sB = tf.matMul(dy, cleanValue, false, true).sub(along).mul(pB);
        const sI = inBlocks(tf, dyInside, split(v), false, true)
          .sub(along.reshape([-1, blockSize, 1]))
          .mul(pI);
        return [
          tf.matMul(sB, cleanKey).add(join(inBlocks(tf, sI, split(k)))),
          join(inBlocks(tf, sI, split(q), true)),
          join(inBlocks(tf, pI, dyInside, true)),
          tf.matMul(sB, q, true, false),
          tf.matMul(pB, dy, true, false),
        ];
      },
    };
  });
}

/** A product for each block: small ones, and very many of them. */
const inBlocks = (tf: Tf, a: Tensor, b: Tensor, transposeA = false, transposeB = false): Tensor =>
  inPieces(tf, a.shape[0], (part) => tf.matMul(part(a), part(b), transposeA, transposeB));

/**
 * sum_j p_j dp_j of the softmax's gradient, as dy . out over the head instead of over the keys
 * (FlashAttention, arXiv 2205.14135).
 */
function alongOutput(dy: Tensor, out: Tensor): Tensor {
  return dy.mul(out).sum(-1, true);
}
