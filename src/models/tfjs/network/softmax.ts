import type { Tensor } from '@tensorflow/tfjs-core';
import type { Tf } from '../backend.js';
import { inPieces } from './in-pieces.js';

/**
 * Softmax of the rows [..., columns] of a tensor on the active backend. The library's own has one workgroup a row on WebGPU, and those that
 * more rows than a device takes are rounded up to write over the last number.
 */
export function softmax(tf: Tf, x: Tensor): Tensor {
  const columns = x.shape.at(-1) ?? 1;
  const rows = x.size / columns;
  const flat = tf.reshape(x, [rows, columns]);
  return tf.reshape(
    inPieces(tf, rows, (part) => tf.softmax(part(flat))),
    x.shape,
  );
}
