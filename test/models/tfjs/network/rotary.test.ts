import type { Tensor } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { loadTensorBackend } from '../../../../src/models/tfjs/load.js';
import { createRotary } from '../../../../src/models/tfjs/network/rotary.js';
import { testedTensors } from '../../../support/tensors.js';

it('turns the tokens of a pass alike from tables on the device, however many they are', async () => {
  const { tf } = await loadTensorBackend(testedTensors);
  const width = 2;
  const owned: Tensor[] = [];
  const own = (tensor: Tensor) => {
    owned.push(tensor);
    return tensor;
  };
  const [held, resident] = [false, true].map((onDevice) => createRotary(tf, { width, own, resident: onDevice }));
  // 200 rows of 1024 tokens.
  const positions = Int32Array.from({ length: 200 * 1024 }, (_, token) => token % 1024);
  tf.tidy(() => {
    const [expected, found] = [held?.(positions), resident?.(positions)];
    expect(found?.cos.dataSync()).toEqual(expected?.cos.dataSync());
    expect(found?.sin.dataSync()).toEqual(expected?.sin.dataSync());
  });
  tf.dispose(owned);
});

it('has tables as long as is wanted after one could not be made', async () => {
  const { tf } = await loadTensorBackend('cpu');
  let failing = false;
  const tensor2d: typeof tf.tensor2d = (...given) => {
    if (failing) throw new Error('out of memory');
    return tf.tensor2d(...given);
  };
  const owned: Tensor[] = [];
  const own = (tensor: Tensor) => {
    owned.push(tensor);
    return tensor;
  };
  const rotary = createRotary({ ...tf, tensor2d }, { width: 2, own, resident: true });
  const sines = (position: number): number[] => tf.tidy(() => [...rotary(Int32Array.of(position)).sin.dataSync()]);
  sines(0);
  failing = true;
  expect(() => sines(1500)).toThrow('out of memory');
  failing = false;
  expect(sines(1500)).toEqual([expect.closeTo(Math.sin(1500), 5), expect.closeTo(Math.sin(1500), 5)]);
  tf.dispose(owned);
});
