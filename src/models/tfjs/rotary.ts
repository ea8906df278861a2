import type { Tensor } from '@tensorflow/tfjs';
import type { Tf } from './backend.js';

const base = 10000;

/** Rotary position embedding (RoFormer, arXiv 2104.09864) in the form that rotates the two halves of a head. */
export interface Rotary {
  /**
   * What turns queries and keys [rows, any, queries, width] at these positions, [rows, queries] row-major.
   * It holds tensors: call it inside the `tidy` that uses it.
   */
  at(positions: Int32Array, rows: number): (x: Tensor) => Tensor;
}

/** `own` takes charge of the tensors that live as long as the network. */
export function createRotary(tf: Tf, width: number, own: (tensor: Tensor) => Tensor): Rotary {
  const half = width / 2;
  // (x1, x2) -> (-x2, x1) as a product: one fast operation instead of two slices, a negation and a concatenation.
  const swap = new Float32Array(width * width);
  for (let i = 0; i < half; i += 1) {
    swap[(i + half) * width + i] = -1;
    swap[i * width + i + half] = 1;
  }
  const quarterTurn = own(tf.tensor2d(swap, [width, width]));

  const known = new Map<number, { readonly cos: Float32Array; readonly sin: Float32Array }>();
  const angles = (position: number) => {
    const found = known.get(position);
    if (found !== undefined) return found;
    const angle = (_: unknown, i: number) => position * base ** (-(i % half) / half);
    const made = {
      cos: Float32Array.from({ length: width }, (_, i) => Math.cos(angle(_, i))),
      sin: Float32Array.from({ length: width }, (_, i) => Math.sin(angle(_, i))),
    };
    known.set(position, made);
    return made;
  };

  return {
    at(positions, rows) {
      const cosines = new Float32Array(positions.length * width);
      const sines = new Float32Array(positions.length * width);
      positions.forEach((position, index) => {
        const { cos, sin } = angles(position);
        cosines.set(cos, index * width);
        sines.set(sin, index * width);
      });
      const shape: [number, number, number, number] = [rows, 1, positions.length / rows, width];
      const cos = tf.tensor4d(cosines, shape);
      const sin = tf.tensor4d(sines, shape);
      return (x) => {
        const turned = tf.matMul(tf.reshape(x, [-1, width]), quarterTurn);
        return tf.add(tf.mul(x, cos), tf.mul(tf.reshape(turned, x.shape), sin));
      };
    },
  };
}
