import type { Tensor } from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Tf } from '../../../../src/models/tfjs/backend.js';
import { loadTensorBackend } from '../../../../src/models/tfjs/load.js';
import { additiveMask, attendClean, attendNoisy } from '../../../../src/models/tfjs/training/attention.js';
import { gelu, halfSwap, layerNorm, rotaryAngles, rotate } from '../../../../src/models/tfjs/training/layers.js';

// Hand-written gradients against the recorded ones of the plain formulas.
describe('layers with hand-written gradients', () => {
  let tf: Tf;
  beforeAll(async () => {
    ({ tf } = await loadTensorBackend('cpu'));
  });

  const agree = (
    inputs: readonly (readonly number[])[],
    layer: (...x: Tensor[]) => Tensor,
    plain: (...x: Tensor[]) => Tensor,
  ): void => {
    tf.tidy(() => {
      const tensors = inputs.map((shape, i) => tf.randomNormal([...shape], 0, 1, 'float32', 11 + i));
      const evaluate = (f: (...x: Tensor[]) => Tensor) => {
        const shape = f(...tensors).shape;
        // Weights that differ, so that no two gradients cancel.
        const weights = tf.randomNormal(shape, 0, 1, 'float32', 5);
        const { value, grads } = tf.valueAndGrads((...x: Tensor[]) =>
          f(...x)
            .mul(weights)
            .sum()
            .asScalar(),
        )(tensors);
        return [value, ...grads].map((tensor) => [...tensor.dataSync()]);
      };
      const [got, want] = [evaluate(layer), evaluate(plain)];
      for (const [i, values] of want.entries()) {
        for (const [j, value] of values.entries()) {
          expect(Math.abs((got[i]?.[j] ?? NaN) - value)).toBeLessThan(2e-4 * (1 + Math.abs(value)));
        }
      }
    });
  };

  it('LayerNorm', () => {
    agree(
      [[6, 8], [8]],
      (x = tf.scalar(0), weight = tf.scalar(0)) => layerNorm(tf, x, weight),
      (x = tf.scalar(0), weight = tf.scalar(0)) => {
        const { mean, variance } = tf.moments(x, -1, true);
        return x.sub(mean).div(variance.add(1e-5).sqrt()).mul(weight);
      },
    );
  });

  it('GELU', () => {
    agree(
      [[5, 7]],
      (x = tf.scalar(0)) => gelu(tf, x),
      (x = tf.scalar(0)) => {
        const inner = x.add(x.pow(3).mul(0.044715)).mul(Math.sqrt(2 / Math.PI));
        return x.mul(0.5).mul(inner.tanh().add(1));
      },
    );
  });

  it('rotary embedding', () => {
    const [length, size] = [5, 6];
    const angles = rotaryAngles(tf, length, size);
    const tables = { cos: angles.cos(), sin: angles.sin(), swap: halfSwap(tf, size) };
    agree(
      [[3, length, size]],
      (x = tf.scalar(0)) => rotate(tf, x, tables),
      (x = tf.scalar(0)) => {
        const [a, b] = tf.split(x, 2, -1);
        if (a === undefined || b === undefined) throw new Error('two halves');
        const [cos, sin] = [tables.cos.slice([0, 0], [length, 3]), tables.sin.slice([0, 0], [length, 3])];
        return tf.concat([a.mul(cos).sub(b.mul(sin)), b.mul(cos).add(a.mul(sin))], -1);
      },
    );
    expect([...rotaryAngles(tf, 2, 4).dataSync()].slice(4).map((x) => x.toFixed(6))).toEqual([
      '1.000000',
      '0.010000',
      '1.000000',
      '0.010000',
    ]);
  });

  const shape = [2, 8, 4];
  const softmaxAttention = (query: Tensor, key: Tensor, value: Tensor, mask: Tensor): Tensor =>
    tf.matMul(tf.softmax(tf.matMul(query, key, false, true).add(mask)), value);

  it('attention of clean tokens', () => {
    const mask = additiveMask(tf, 8, (query, key) => key <= query);
    agree(
      [shape, shape, shape],
      (query = tf.scalar(0), key = tf.scalar(0), value = tf.scalar(0)) => attendClean(tf, { query, key, value }, mask),
      (query = tf.scalar(0), key = tf.scalar(0), value = tf.scalar(0)) => softmaxAttention(query, key, value, mask),
    );
  });

  it.each([1, 2, 8])('attention of noisy tokens in blocks of %i', (blockSize) => {
    const block = (position: number) => Math.floor(position / blockSize);
    const earlier = additiveMask(tf, 8, (query, key) => block(key) < block(query));
    const own = additiveMask(tf, 8, (query, key) => block(key) === block(query));
    agree(
      [shape, shape, shape, shape, shape],
      (
        query = tf.scalar(0),
        key = tf.scalar(0),
        value = tf.scalar(0),
        cleanKey = tf.scalar(0),
        cleanValue = tf.scalar(0),
      ) => attendNoisy(tf, { query, key, value }, { query, key: cleanKey, value: cleanValue }, earlier, blockSize),
      (
        query = tf.scalar(0),
        key = tf.scalar(0),
        value = tf.scalar(0),
        cleanKey = tf.scalar(0),
        cleanValue = tf.scalar(0),
      ) =>
        softmaxAttention(
          query,
          tf.concat([cleanKey, key], 1),
          tf.concat([cleanValue, value], 1),
          tf.concat([earlier, own], 1),
        ),
    );
  });
});
