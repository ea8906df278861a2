import { expect, it } from 'vitest';
import { loadTensorBackend } from '../../../../src/models/tfjs/load.js';
import { createHeadProducts, type HeadProducts } from '../../../../src/models/tfjs/network/head-products.js';

const inside = (owner: unknown, key: string): object => {
  const value: unknown = typeof owner === 'object' && owner !== null ? Reflect.get(owner, key) : undefined;
  if (typeof value !== 'object' || value === null) throw new Error(`${key} is no object`);
  return value;
};

it.each([
  { of: ['wasm'], name: 'cwrap' },
  { of: ['wasm', 'tfjs'], name: 'registerTensor' },
  { of: ['wasm', 'tfjs'], name: 'disposeData' },
])('are the batched product where the library has no $name', async ({ of, name }) => {
  const { tf } = await loadTensorBackend('wasm');
  const owner = of.reduce(inside, tf.backend());
  const whole: unknown = Reflect.get(owner, name);
  Reflect.set(owner, name, undefined);
  const without = createHeadProducts(tf);
  Reflect.set(owner, name, whole);
  const kernelsOf = async (products: HeadProducts): Promise<string[]> => {
    const { kernelNames } = await tf.profile(() =>
      tf.tidy(() => void products(tf.ones([1, 2, 1, 2]), tf.ones([1, 2, 2, 1]))),
    );
    return kernelNames;
  };
  expect(await kernelsOf(without)).toContain('BatchMatMul');
  expect(await kernelsOf(createHeadProducts(tf))).not.toContain('BatchMatMul');
});

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
