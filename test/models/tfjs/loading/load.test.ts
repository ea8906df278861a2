import type { Tensor } from '@tensorflow/tfjs-core';
import { describe, expect, it, vi } from 'vitest';
import type { Tf } from '../../../../src/models/tfjs/backend.js';
import { loadTensorBackend } from '../../../../src/models/tfjs/load.js';
import { captureConsole } from '../../../support/console.js';
import { tensorflowIsThere } from '../../../support/tensorflow.js';
import { webgpuIsThere } from '../../../support/webgpu.js';

const writes = captureConsole();

/** What a tensor of a few numbers holds: synchronous reading is not for every device. */
async function read(tensor: Tensor): Promise<number[]> {
  const data = await tensor.data();
  tensor.dispose();
  return [...data];
}

const product = (tf: Tf): Promise<number[]> =>
  read(
    tf.tidy(() => {
      const a = tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3]);
      const b = tf.tensor2d([1, 0, 2, 1, 0, 3], [3, 2]);
      return tf.matMul(a, b);
    }),
  );

async function fitted(tf: Tf, steps: number): Promise<number[]> {
  const target = tf.tensor1d([3, -2]);
  const weights = tf.variable(tf.zeros([2]));
  const optimizer = tf.train.adam(0.1);
  for (let step = 0; step < steps; step++) {
    optimizer.minimize(() => tf.sum(tf.square(tf.sub(weights, target))).asScalar());
  }
  const found = [...(await weights.data())];
  tf.dispose([target, weights]);
  optimizer.dispose();
  return found;
}

const backends = [
  { name: 'webgpu', there: webgpuIsThere },
  { name: 'wasm', there: true },
  { name: 'cpu', there: true },
  { name: 'tensorflow', there: tensorflowIsThere },
] as const;

describe.each(backends)('the $name backend', ({ name, there }) => {
  it.runIf(there)('multiplies on the backend that was asked for, without a word on the console', async () => {
    const { tf, ...backend } = await loadTensorBackend(name);
    expect(backend).toMatchObject({ name, device: expect.stringMatching(/^[cg]pu$/) });
    expect(tf.getBackend()).toBe(name);
    expect(await product(tf)).toEqual([5, 11, 14, 23]);
    expect(writes).toEqual([]);
  });

  it.runIf(there)('takes gradients and optimizes', async () => {
    const { tf } = await loadTensorBackend(name);
    const gradient = tf.grad((x) => tf.sum(tf.mul(x, x)))(tf.tensor1d([1, -4]));
    expect(await read(gradient)).toEqual([2, -8]);
    const [first, second] = await fitted(tf, 200);
    expect(first).toBeCloseTo(3, 2);
    expect(second).toBeCloseTo(-2, 2);
  });
});

describe('loading', () => {
  it('gives one library per name and makes the last one asked for active', async () => {
    const first = await loadTensorBackend('wasm');
    const other = await loadTensorBackend('cpu');
    expect(other.tf.getBackend()).toBe('cpu');
    expect(await loadTensorBackend('wasm')).toBe(first);
    expect(first.tf.getBackend()).toBe('wasm');
  });

  it('leaves the handlers for stray errors of the process alone', async () => {
    const before = [process.listenerCount('uncaughtException'), process.listenerCount('unhandledRejection')];
    vi.resetModules();
    const { loadTensorBackend: load } = await import('../../../../src/models/tfjs/load.js');
    await load('wasm');
    expect([process.listenerCount('uncaughtException'), process.listenerCount('unhandledRejection')]).toEqual(before);
  });
});
