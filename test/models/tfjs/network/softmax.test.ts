import { expect, it } from 'vitest';
import { loadTensorBackend } from '../../../../src/models/tfjs/load.js';
import { softmax } from '../../../../src/models/tfjs/network/softmax.js';
import { webgpuIsThere } from '../../../support/webgpu.js';

it.skipIf(!webgpuIsThere)('has the last number right on WebGPU, of more rows than it has workgroups', async () => {
  const { tf } = await loadTensorBackend('webgpu');
  const shape = [2, 3, 11_001, 4];
  const found = tf.tidy(() => softmax(tf, tf.add(tf.zeros(shape), tf.tensor1d([3, 1, 2, -50]))));
  expect(found.shape).toEqual(shape);
  const values = await found.data();
  expect(values[0]).toBeCloseTo(0.665241, 5);
  expect(values.subarray(-4)).toEqual(values.subarray(0, 4));
  found.dispose();
});

it('a row adds up to 1 on other backends', async () => {
  const { tf } = await loadTensorBackend('cpu');
  const found = tf.tidy(() => [...softmax(tf, tf.tensor3d([[[0, 0]], [[7, 7]]])).dataSync()]);
  expect(found).toEqual([0.5, 0.5, 0.5, 0.5]);
});
