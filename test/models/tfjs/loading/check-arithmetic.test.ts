import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { checkArithmetic } from '../../../../src/models/tfjs/loading/check-arithmetic.js';

it('is content with a library that computes, and leaves no tensors', async () => {
  await tf.setBackend('cpu');
  const before = tf.memory().numTensors;
  expect(() => checkArithmetic({ tf })).not.toThrow();
  expect(tf.memory().numTensors).toBe(before);
});

it.each([
  ['a matrix product', { ...tf, matMul: (a: tf.Tensor2D, b: tf.Tensor2D) => tf.add(tf.matMul(a, b), 1) }],
  ['a gradient', { ...tf, grad: () => (x: tf.Tensor) => tf.zerosLike(x) }],
])('finds what is wrong with %s', async (what, broken) => {
  await tf.setBackend('cpu');
  expect(() => checkArithmetic({ tf: broken as typeof tf })).toThrow(what);
});
