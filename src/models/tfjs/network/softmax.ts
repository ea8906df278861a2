import type { Tensor } from '@tensorflow/tfjs-core';
import type { Tf } from '../backend.js';

/** Workgroups that every WebGPU device takes in one dimension. */
const mostRows = 65_535;

/**
 * Softmax of the rows [..., columns] of a tensor on the active backend. The WebGPU backend (4.22) has one workgroup a row, and those that
 * more rows than `mostRows` are rounded up to write over the last number: there they are computed in pieces.
 */
export function softmax(tf: Tf, x: Tensor): Tensor {
  const columns = x.shape.at(-1) ?? 1;
  const rows = x.size / columns;
  if (tf.getBackend() !== 'webgpu' || rows <= mostRows) return tf.softmax(x);
  const flat = tf.reshape(x, [rows, columns]);
  const pieces = Array.from({ length: Math.ceil(rows / mostRows) }, (_, piece) => {
    const first = piece * mostRows;
    return tf.softmax(tf.slice(flat, [first, 0], [Math.min(mostRows, rows - first), columns]));
  });
  return tf.reshape(tf.concat(pieces, 0), x.shape);
}
