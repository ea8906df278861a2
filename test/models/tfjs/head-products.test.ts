import { expect, it } from 'vitest';
import { loadTensorBackend } from '../../../src/models/tfjs/backend.js';
import { createHeadProducts } from '../../../src/models/tfjs/head-products.js';

it.each([
  [1, 1, 1, 1, 1],
  [1, 3, 2, 5, 7],
  [4, 2, 16, 8, 33],
  [2, 6, 1, 16, 48],
])('multiplies %i rows of %i heads, [%i, %i] x [.., %i], as tf.matMul does', async (rows, heads, m, k, n) => {
  const { tf } = await loadTensorBackend('wasm');
  const before = tf.memory().numTensors;
  const products = createHeadProducts(tf);
  const a = tf.randomUniform([rows, heads, m, k], -1, 1, 'float32', 1);
  const b = tf.randomUniform([rows, heads, k, n], -1, 1, 'float32', 2);
  // Twice: what is prepared for one product must not be used for the next.
  for (const right of [b, tf.neg(b)]) {
    const [found, expected] = [products(a, right), tf.matMul(a, right)];
    expect(found.shape).toEqual(expected.shape);
    const reference = await expected.data();
    (await found.data()).forEach((value, index) => expect(value).toBeCloseTo(reference[index] ?? NaN, 4));
    tf.dispose([found, expected, right]);
  }
  a.dispose();
  expect(tf.memory().numTensors).toBe(before);
});
