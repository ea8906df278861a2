import type { Tensor } from '@tensorflow/tfjs-core';
import { expect, it, vi } from 'vitest';
import type { Tf } from '../../../../src/models/tfjs/backend.js';
import { loadTensorBackend } from '../../../../src/models/tfjs/load.js';
import { additiveMask, attendClean, attendNoisy } from '../../../../src/models/tfjs/training/attention.js';

const shape: [number, number, number] = [22_000, 3, 2];
const [, length] = shape;
/** Workgroups that every WebGPU device takes in one dimension: the library has one for each row of a softmax, and for each matrix of a product. */
const most = 65_535;

function attended(tf: Tf, kind: 'clean' | 'noisy', x: Tensor): Tensor {
  const own = { query: x, key: x, value: x };
  return kind === 'clean'
    ? attendClean(
        tf,
        own,
        additiveMask(tf, length, (query, key) => key <= query),
      )
    : attendNoisy(
        tf,
        own,
        own,
        additiveMask(tf, length, (query, key) => key < query),
        1,
      );
}

it.each(['clean', 'noisy'] as const)('asks no more of WebGPU at once than it takes, of %s tokens', async (kind) => {
  const { tf } = await loadTensorBackend('cpu');
  const watched: Tf = { ...tf, getBackend: () => 'webgpu' };
  const [softmax, matMul] = [vi.spyOn(watched, 'softmax'), vi.spyOn(watched, 'matMul')];
  const x = tf.tidy(() => tf.sin(tf.reshape(tf.range(0, 2 * length * 22_000), shape)));
  const gradient = (of: Tf) =>
    tf.tidy(() =>
      tf
        .grad((at) => attended(of, kind, at).square())(x)
        .dataSync(),
    );
  expect(gradient(watched)).toEqual(gradient(tf));
  x.dispose();
  const sizes = (tensor: unknown): readonly number[] => (tensor instanceof tf.Tensor ? tensor.shape : []);
  const product = (numbers: readonly number[]): number => numbers.reduce((a, b) => a * b, 1);
  const rows = softmax.mock.calls.map(([scores]) => product(sizes(scores).slice(0, -1)));
  const matrices = matMul.mock.calls.map(([left]) => sizes(left)[0] ?? 0);
  expect(rows.reduce((a, b) => a + b)).toBe(3 * 22_000);
  expect(Math.max(...rows, ...matrices)).toBeLessThanOrEqual(most);
  expect(Math.max(...rows, ...matrices)).toBeGreaterThan(20_000);
});
