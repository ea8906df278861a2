import { expect, it } from 'vitest';
import { Device } from '../../../../src/models/onnx/device/device.js';
import { LogitsPool } from '../../../../src/models/onnx/device/logits-pool.js';
import { segmentWidth } from '../../../../src/models/onnx/questions/segments.js';
import { loadOnnxRuntime } from '../../../../src/models/onnx/runtime.js';

it('takes the room of unused arrays where there is no other, and says so where there is none at all', async () => {
  const device = await Device.open(await loadOnnxRuntime(), 'cpu');
  const allocate = device.allocate.bind(device);
  const most = 10 * segmentWidth;
  device.allocate = async (length) => {
    if (device.counters.bytes / 4 + length > most) throw new Error('out of memory');
    return allocate(length);
  };
  const pool = new LogitsPool(device);
  const [small, used] = [await pool.take(4), await pool.take(2)];
  small.release();
  const large = await pool.take(8);
  expect(pool.usage).toEqual({ buffers: 2, logitsBytes: 10 * segmentWidth * 4 });
  await expect(pool.take(1)).rejects.toThrow('out of memory');
  expect(used.array.view([2, segmentWidth]).dims).toEqual([2, segmentWidth]);
  large.release();
  // What is unused and large enough is used again.
  expect((await pool.take(3)).array).toBe(large.array);
  pool.dispose();
  expect(device.counters).toMatchObject({ arrays: 0, bytes: 0 });
});
