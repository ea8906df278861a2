import { afterEach, expect, it } from 'vitest';
import { InputError } from '../../../../src/graph/input-error.js';
import type { TensorBackend } from '../../../../src/models/tfjs/backend.js';
import { loadTensorBackend } from '../../../../src/models/tfjs/load.js';
import { describeOnWebgpu } from '../../../support/webgpu.js';

describeOnWebgpu('the WebGPU backend on a device', () => {
  afterEach(async () => {
    const { memory } = await loadTensorBackend('webgpu');
    expect(memory?.()).toEqual({ buffers: 0, bytes: 0, spareBuffers: 0, spareBytes: 0 });
  });

  const deviceOf = ({ tf }: TensorBackend): GPUDevice => {
    const kernels: unknown = tf.backend();
    if (kernels instanceof Object && 'device' in kernels) return kernels.device as GPUDevice;
    throw new Error('the backend has no device');
  };

  /** The message of the `InputError` that this fails with. */
  const refusal = async (use: () => unknown): Promise<string> => {
    const error: unknown = await Promise.resolve()
      .then(use)
      .catch((cause: unknown) => cause);
    if (error instanceof InputError) return error.message;
    throw new Error(`no InputError: ${String(error instanceof Error ? error : typeof error)}`);
  };

  it('has a device with a name and more than the least limits, and counts its buffers', async () => {
    const backend = await loadTensorBackend('webgpu');
    const { tf, deviceName, memory } = backend;
    expect(backend).toMatchObject({ device: 'gpu', name: 'webgpu' });
    expect(deviceName).toMatch(/\w/);
    const { limits } = deviceOf(backend);
    // Logits of a vocabulary of 50 258 over 768: more than the 128 MiB that a device has by default.
    expect(limits.maxStorageBufferBindingSize).toBeGreaterThan(768 * 50258 * 4);
    const a = tf.randomUniform([40, 10]);
    const product = tf.matMul(a, a, true);
    expect(memory?.()).toMatchObject({ buffers: 2, bytes: (400 + 100) * 4 });
    await product.data();
    expect(memory?.()).toMatchObject({ buffers: 2, bytes: (400 + 100) * 4 });
    expect(tf.memory()).toMatchObject({ numBytesInGPU: 2000 });
    tf.dispose([a, product]);
  });

  it('keeps no more spare than is in use, however sizes change', async () => {
    const { tf, memory } = await loadTensorBackend('webgpu');
    // Ten sizes, the sum of which is far more than what a pool may keep.
    for (let rows = 100; rows < 110; rows++) {
      const grown = tf.tidy(() => tf.add(tf.ones([rows, 1]), tf.ones([1, 40_000])));
      const largest = tf.max(grown);
      await largest.data();
      expect(memory?.().spareBytes).toBeLessThanOrEqual(64 * 2 ** 20);
      tf.dispose([grown, largest]);
    }
  });

  it('refuses a tensor that is larger than what the device takes in one piece', async () => {
    const { tf } = await loadTensorBackend('webgpu');
    // No device binds more than 4 GiB.
    const [column, row] = [tf.ones([2 ** 17, 1]), tf.ones([1, 2 ** 14])];
    expect(await refusal(() => tf.add(column, row))).toMatch(
      /takes \d+ MB in one piece, and a tensor of 131072 x 16384 numbers has 8590 MB: .*\(limits\.rows; --max-rows on the command line\)/,
    );
    tf.dispose([column, row]);
  });

  it('leaves nothing behind of an operation that it finds no room for halfway', async () => {
    const { tf } = await loadTensorBackend('webgpu');
    const [table, rows] = [tf.fill([1, 2 ** 18], 1), tf.tensor1d(new Int32Array(2 ** 14), 'int32')];
    // The library has made views of both by then.
    expect(await refusal(() => tf.gather(table, rows))).toMatch(/in one piece/);
    tf.dispose([table, rows]);
  });

  it.each(['at once', 'for what is to be read into'])(
    'leaves nothing behind where memory is refused %s',
    async (when) => {
      const backend = await loadTensorBackend('webgpu');
      const { tf } = backend;
      // More than the library computes on the processor; on the device before anything is refused.
      const a = tf.tidy(() => tf.fill([40, 100], 2));
      const total = tf.sum(a);
      expect([...(await total.data())]).toEqual([8000]);
      total.dispose();
      const device = deviceOf(backend);
      const create = device.createBuffer.bind(device);
      device.createBuffer = (descriptor) => {
        if (when === 'at once' && descriptor.mappedAtCreation === true) throw new RangeError('no');
        return create((descriptor.usage & GPUBufferUsage.MAP_READ) === 0 ? descriptor : { ...descriptor, usage: 0 });
      };
      const raised = async (): Promise<Set<number>> => {
        const sum = tf.tidy(() => tf.add(a, tf.ones([100])));
        try {
          return new Set(await sum.data<'float32'>());
        } finally {
          sum.dispose();
        }
      };
      expect(await refusal(raised)).toMatch(/\(it refused |refused a command/);
      device.createBuffer = create;
      expect(await raised()).toEqual(new Set([3]));
      a.dispose();
    },
  );

  it('keeps what was sent to the device together with what it refuses', async () => {
    const backend = await loadTensorBackend('webgpu');
    const { tf } = backend;
    const device = deviceOf(backend);
    const a = tf.tidy(() => tf.fill([4000], 2));
    const sent = tf.tensor1d(new Float32Array(4000).fill(5));
    // Spare buffers of the size of what is sent, and of a sum with it.
    const spare = [tf.tidy(() => tf.add(a, a)), tf.tidy(() => tf.add(a, a))];
    for (const each of spare) await each.data();
    tf.dispose(spare);
    const create = device.createBuffer.bind(device);
    device.createBuffer = (descriptor) =>
      create(descriptor.size === 3000 * 4 ? { ...descriptor, usage: 0 } : descriptor);
    const part = tf.tidy(() => tf.slice(tf.add(a, sent), [0], [3000]));
    device.createBuffer = create;
    expect(await refusal(() => part.data())).toMatch(/refused a command/);
    const sum = tf.tidy(() => tf.add(a, sent));
    expect([...new Set(await sum.data())]).toEqual([7]);
    tf.dispose([a, sent, part, sum]);
  });

  it('says of a result that was read what the device refused', async () => {
    const backend = await loadTensorBackend('webgpu');
    const { tf } = backend;
    const a = tf.tidy(() => tf.randomUniform([8, 8]).add(1));
    deviceOf(backend).createBuffer({ size: 16, usage: 0 });
    expect(await refusal(() => a.data())).toMatch(/refused a command \(.+\): open the model again/);
    expect(backend.check).not.toThrow();
    expect(await a.data()).toHaveLength(64);
    a.dispose();
  });

  it('says of a lost device, at every use, what to do; loading gives another, on which work goes on', async () => {
    const lost = await loadTensorBackend('webgpu');
    const { tf } = lost;
    const [a, b] = [tf.randomUniform([8, 8]), tf.randomUniform([8, 8])];
    const reading = tf.matMul(a, b).data();
    deviceOf(lost).destroy();
    const sentence = /was lost \(.+\), and with it everything on it: open the model again/;
    expect(await refusal(() => reading)).toMatch(sentence);
    expect(lost.isLost?.()).toBe(true);
    expect(await refusal(() => tf.matMul(a, b))).toMatch(sentence);
    expect(await refusal(() => tf.tensor1d([1]))).toMatch(sentence);
    expect(await refusal(lost.check ?? (() => undefined))).toMatch(sentence);

    const [found, same] = await Promise.all([loadTensorBackend('webgpu'), loadTensorBackend('webgpu')]);
    expect(found).not.toBe(lost);
    expect(same).toBe(found);
    expect(found.isLost?.()).toBe(false);
    // What lay on the old device is gone, and says so.
    expect(await refusal(() => tf.matMul(a, b))).toMatch(sentence);
    const product = tf.tidy(() => tf.matMul(tf.ones([3, 5]).add(0), tf.ones([5, 3])));
    expect([...(await product.data())]).toEqual(Array.from({ length: 9 }, () => 5));
    tf.disposeVariables();
    tf.dispose([a, b, product]);
  });
});
