import { expect, it } from 'vitest';
import { OnnxDenoiser } from '../../../../src/models/onnx/denoiser.js';
import { Engine } from '../../../../src/models/onnx/engine/engine.js';
import { HostMachine } from '../../../../src/models/onnx/engine/host-machine.js';
import { narrowMachine } from '../../../../src/models/onnx/engine/narrow.js';
import { denoise } from '../../support/calls.js';
import { HostAnswerer } from '../support/host-answerer.js';
import { tinyManifest } from '../support/local-model.js';
import { NaiveNetwork, tinySize } from '../support/naive-network.js';

it('says of numbers that are not finite that 16 bits may have no room for them, and what has', async () => {
  const network = new NaiveNetwork(tinySize, 4);
  const engine = new Engine(narrowMachine(new HostMachine(network, tinyManifest.length)), new HostAnswerer(6));
  const denoiser = new OnnxDenoiser(engine, network.size, tinyManifest);
  const cache = denoiser.openCache();
  // Logits of one, and keys of the other.
  const calls = [denoise(cache, [5]), denoise(cache.follow([4]), [1]), denoise(cache, [1])];
  const settled = (await Promise.all(calls.map((call) => denoiser.forward([call])))).flat();
  const messages = settled.map((reply) => (reply.ok ? 'answer' : reply.error.message));
  const told = expect.stringMatching(/not finite.*; in fp16 numbers end at 65504, and --precision fp32/);
  expect(messages).toEqual([told, told, 'answer']);
  await denoiser.end();
});
