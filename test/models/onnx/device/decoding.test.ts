import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Denoiser } from '../../../../src/models/denoiser.js';
import { openModel } from '../../../../src/models/open-model.js';
import { largestDifference } from '../../support/calls.js';
import { writeModel } from '../../support/random-model.js';
import { decodeAtRandom } from '../support/decode-at-random.js';
import { openOnDevice, type DeviceModel } from '../support/device-model.js';

const tiny = { hidden: 16, heads: 2, layers: 2, length: 200, scale: 2 };

/** Less than a segment, and three of them of which the last is short or has the mask alone; absorbing noise and uniform. */
const models = [
  { vocabulary: 29, process: 'absorbing' },
  { vocabulary: 300, process: 'absorbing' },
  { vocabulary: 257, process: 'absorbing' },
  { vocabulary: 300, process: 'uniform' },
] as const;

describe.each(models)('a network with all its data on a device: $vocabulary tokens, $process noise', (model) => {
  let host: Denoiser;
  let device: DeviceModel;

  beforeAll(async () => {
    const folder = await writeModel({ ...tiny, ...model });
    host = (await openModel(folder, { backend: 'onnx' })).denoiser;
    device = await openOnDevice(folder);
  });
  afterAll(() => host.dispose());

  it('says what it says on the host, whatever is asked, and leaves nothing behind', async () => {
    const { opened, denoiser } = device;
    const { arrays } = opened.device.counters;
    const found = await decodeAtRandom(denoiser, 25);
    const expected = await decodeAtRandom(host, 25);
    expect(found).toHaveLength(expected.length);
    found.forEach((answer, index) => {
      const right = expected[index] ?? [];
      expect(answer).toHaveLength(right.length);
      expect(largestDifference(answer, right)).toBeLessThan(2e-3);
    });
    expect(await denoiser.usage()).toMatchObject({
      handles: 0,
      slots: 0,
      capacity: 0,
      bytes: 0,
      predictions: 0,
      buffers: 0,
    });
    // What is used again: keys and values of new tokens, and two buffers of logits.
    expect(opened.device.counters.arrays).toBeLessThanOrEqual(arrays + 2);
    await denoiser.end();
    expect(opened.device.counters).toMatchObject({ arrays: 0, bytes: 0 });
  });
});
