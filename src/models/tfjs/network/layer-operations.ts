import type { Tensor } from '@tensorflow/tfjs-core';
import { geluCurve, layerNormEpsilon } from '../../checkpoint/fold.js';
import type { KeyValues } from './attention.js';
import type { Tf } from '../backend.js';
import type { Rotation } from './rotary.js';

/** R rows of Q tokens, of which the last `outputs` ask. */
export interface HeadShape {
  readonly rows: number;
  readonly queries: number;
  readonly outputs: number;
}

/** Queries [R, heads, outputs, width] with the keys and values of all tokens. */
export interface Heads {
  readonly q: Tensor;
  readonly fresh: KeyValues;
}

/** What a transformer block does between its products, on tensors that its caller's `tidy` looks after. */
export interface LayerOperations {
  /** x / sqrt(mean(x^2) + eps) of rows x [N, D]: the residual stream is centred (see `foldWeights`), so its mean square is its variance. */
  readonly normalise: (x: Tensor) => Tensor;
  /** The activation of the MLP after `foldWeights`. */
  readonly gelu: (y: Tensor) => Tensor;
  /** The packed projections [R * Q, 3 * heads * width] taken apart, queries and keys turned. */
  readonly heads: (packed: Tensor, shape: HeadShape, rotation: Rotation) => Heads;
}

export interface LayerSizes {
  readonly heads: number;
  readonly hidden: number;
}

/** Out of the library's operations; `own` takes charge of the tensors that live as long as the network. */
export function libraryOperations(
  tf: Tf,
  { heads, hidden }: LayerSizes,
  own: (tensor: Tensor) => Tensor,
): LayerOperations {
  const width = hidden / heads;
  const average = own(tf.fill([hidden, 1], 1 / hidden));
  const epsilon = own(tf.tensor1d([layerNormEpsilon]));
  const curve = own(tf.scalar(geluCurve));
  const one = own(tf.scalar(1));
  const quarterTurn = own(tf.tensor2d(quarterTurnOf(width), [width, width]));
  const rotate = (x: Tensor, { rows, queries }: HeadShape, { cos, sin }: Rotation): Tensor => {
    const turned = tf.matMul(tf.reshape(x, [-1, width]), quarterTurn);
    const shape = [rows, 1, queries, width];
    return tf.add(tf.mul(x, tf.reshape(cos, shape)), tf.mul(tf.reshape(turned, x.shape), tf.reshape(sin, shape)));
  };
  return {
    normalise: (x) => tf.mul(x, tf.rsqrt(tf.fused.matMul({ a: tf.mul(x, x), b: average, bias: epsilon }))),
    gelu: (y) => tf.mul(y, tf.sigmoid(tf.mul(y, tf.add(tf.mul(tf.mul(y, y), curve), one)))),
    heads: (packed, shape, rotation) => {
      const { rows, queries, outputs } = shape;
      const all = tf.transpose(tf.reshape(packed, [rows, queries, 3 * heads, width]), [0, 2, 1, 3]);
      const turned = rotate(tf.slice(all, [0, 0, 0, 0], [rows, 2 * heads, queries, width]), shape, rotation);
      return {
        q: tf.slice(turned, [0, 0, queries - outputs, 0], [rows, heads, outputs, width]),
        fresh: {
          keys: tf.transpose(tf.slice(turned, [0, heads, 0, 0], [rows, heads, queries, width]), [0, 1, 3, 2]),
          values: tf.slice(all, [0, 2 * heads, 0, 0], [rows, heads, queries, width]),
        },
      };
    },
  };
}

/** (x1, x2) -> (-x2, x1) as a product: one fast operation instead of two slices, a negation and a concatenation. */
function quarterTurnOf(width: number): Float32Array {
  const half = width / 2;
  const swap = new Float32Array(width * width);
  for (let i = 0; i < half; i += 1) {
    swap[(i + half) * width + i] = -1;
    swap[i * width + i + half] = 1;
  }
  return swap;
}
