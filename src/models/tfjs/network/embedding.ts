import type { Tensor } from '@tensorflow/tfjs-core';
import type { Tf } from '../backend.js';

/** The rows [N, D] of some tokens. */
export type Embedding = (tokens: Int32Array) => Tensor;

/** A table [V, D] on the host, since some backends gather slowly and a pass needs a few dozen rows. */
export const heldEmbedding =
  (tf: Tf, table: Float32Array, hidden: number): Embedding =>
  (tokens) => {
    const rows = new Float32Array(tokens.length * hidden);
    tokens.forEach((token, index) => {
      rows.set(table.subarray(token * hidden, (token + 1) * hidden), index * hidden);
    });
    return tf.tensor2d(rows, [tokens.length, hidden]);
  };

/** A table [V, D] on the device, to which only ids go. */
export const residentEmbedding =
  (tf: Tf, table: Tensor): Embedding =>
  (tokens) =>
    tf.gather(table, tf.tensor1d(tokens, 'int32'));
