import { expect, it } from 'vitest';
import { openModel } from '../../../../src/models/open-model.js';
import { largestDifference } from '../../support/calls.js';
import { writeModel } from '../../support/random-model.js';
import { decodeAtRandom } from '../support/decode-at-random.js';
import { openOnDevice } from '../support/device-model.js';
import { describeOnOnnxWebgpu } from '../support/on-webgpu.js';

describeOnOnnxWebgpu("ONNX Runtime's WebGPU provider", () => {
  it('says what the host says, whatever is asked, reads no more than a processor in its place, and leaves nothing behind', async () => {
    const folder = await writeModel({ hidden: 16, heads: 2, layers: 2, length: 200, scale: 2, vocabulary: 300 });
    const host = (await openModel(folder, { backend: 'onnx' })).denoiser;
    const [device, standIn] = [await openOnDevice(folder, 'webgpu'), await openOnDevice(folder, 'cpu')];
    const rounds = 3;
    const found = await decodeAtRandom(device.denoiser, rounds);
    const expected = await decodeAtRandom(host, rounds);
    await decodeAtRandom(standIn.denoiser, rounds);
    found.forEach((answer, index) => expect(largestDifference(answer, expected[index] ?? [])).toBeLessThan(2e-3));
    const { reads, readBytes } = standIn.opened.device.counters;
    expect(device.opened.device.counters).toMatchObject({ reads, readBytes });
    for (const { denoiser, opened } of [device, standIn]) {
      expect(await denoiser.usage()).toMatchObject({ handles: 0, slots: 0, bytes: 0, predictions: 0, buffers: 0 });
      await denoiser.end();
      expect(opened.device.counters).toMatchObject({ arrays: 0, bytes: 0 });
    }
    host.dispose();
  });

  it('computes several models of one process, each in its thread, that are opened and asked at the same time', async () => {
    const folder = await writeModel({ hidden: 16, heads: 2, layers: 2, length: 200, vocabulary: 300 });
    const opening = Array.from({ length: 2 }, () => openModel(folder, { backend: 'onnx-webgpu' }));
    const models = (await Promise.all(opening)).map(({ denoiser }) => denoiser);
    const found = await Promise.all(models.map((denoiser) => decodeAtRandom(denoiser, 2)));
    expect(found[1]).toEqual(found[0]);
    for (const denoiser of models) denoiser.dispose();
  });
});
