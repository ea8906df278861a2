import type { Tensor } from '@tensorflow/tfjs';
import type { Tf } from '../backend.js';
import { customGradient } from './custom-gradient.js';

const NORM_EPSILON = 1e-5;

/** LayerNorm over the last axis of `x` [N, D] with weight `weight` [D] and no bias. */
export function layerNorm(tf: Tf, x: Tensor, weight: Tensor): Tensor {
  return customGradient(tf, [x, weight], () => {
    const centred = x.sub(x.mean(-1, true));
    const inverse = tf.rsqrt(centred.square().mean(-1, true).add(NORM_EPSILON));
    const normal = centred.mul(inverse);
    return {
      value: normal.mul(weight),
      saved: [normal, inverse],
      gradient: (dy, kept) => {
        const [scale, unit, deviation] = [kept(1), kept(2), kept(3)];
        const aligned = dy.mul(unit);
        const inner = dy.mul(scale);
        // dx = (g - mean(g) - unit mean(g unit)) / deviation, g = dy scale; the second mean is a product with the scale.
        const along = aligned.matMul(scale.reshape([-1, 1])).div(scale.size);
        const dx = inner.sub(inner.mean(-1, true)).sub(unit.mul(along)).mul(deviation);
        return [dx, aligned.sum(0)];
      },
    };
  });
}

// tanh-GELU as x sigmoid(x (A + B x^2)), since (1 + tanh(u)) / 2 = sigmoid(2u).
const GELU_A = 2 * Math.sqrt(2 / Math.PI);
const GELU_B = GELU_A * 0.044715;

/** GELU in its tanh form. */
export function gelu(tf: Tf, x: Tensor): Tensor {
  return customGradient(tf, [x], () => {
    const gate = tf.sigmoid(x.square().mul(GELU_B).add(GELU_A).mul(x));
    const value = x.mul(gate);
    return {
      value,
      saved: [gate, value],
      gradient: (dy, kept) => {
        const [input, open, output] = [kept(0), kept(1), kept(2)];
        const slope = input
          .square()
          .mul(3 * GELU_B)
          .add(GELU_A);
        return [tf.sub(1, open).mul(output).mul(slope).add(open).mul(dy)];
      },
    };
  });
}

/** Tables of the rotary embedding for heads of width `size`: cos and sin [length, size], and the half swap [size, size]. */
export interface RotaryTables {
  readonly cos: Tensor;
  readonly sin: Tensor;
  readonly swap: Tensor;
}

/** Angles [length, size] of the rotary embedding of base 10000; the two halves of a head form the pairs. */
export function rotaryAngles(tf: Tf, length: number, size: number): Tensor {
  return tf.tensor2d(
    Array.from({ length }, (_, position) =>
      Array.from({ length: size }, (_, i) => position * 10000 ** (-(2 * (i % (size / 2))) / size)),
    ),
  );
}

/** The matrix [size, size] that takes a head (a, b) of two halves to (-b, a). */
export function halfSwap(tf: Tf, size: number): Tensor {
  const half = size / 2;
  return tf.tensor2d(
    Array.from({ length: size }, (_, from) =>
      Array.from({ length: size }, (_, to) => (from === to + half ? -1 : to === from + half ? 1 : 0)),
    ),
  );
}

/** Rotates `x` [..., length, size] by its positions. The gradient is the rotation back. */
export function rotate(tf: Tf, x: Tensor, tables: RotaryTables): Tensor {
  const { cos, sin, swap } = tables;
  const [size] = x.shape.slice(-1);
  const swapped = (y: Tensor, back: boolean): Tensor =>
    y
      .reshape([-1, size ?? 1])
      .matMul(swap, false, back)
      .reshape(y.shape);
  return customGradient(tf, [x], () => ({
    value: x.mul(cos).add(swapped(x, false).mul(sin)),
    saved: [],
    // (sin . dy) swapped back: the sines of a pair are equal, so they commute with the swap.
    gradient: (dy) => [dy.mul(cos).add(swapped(dy, true).mul(sin))],
  }));
}
