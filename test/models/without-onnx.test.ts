import { lastValueFrom, toArray } from 'rxjs';
import { expect, it, vi } from 'vitest';
import { InputError } from '../../src/graph/input-error.js';
import { openModel } from '../../src/models/open-model.js';
import { verifyCheckpoint } from '../../src/models/verify.js';
import { run } from '../../src/runtime/run.js';
import { pipeline } from '../support/pipelines.js';

// What an import says where npm has left the package out.
vi.mock('onnxruntime-node', () => {
  throw new Error("Cannot find package 'onnxruntime-node' imported from here\nand a stack");
});

const folder = new URL('../fixtures/parity/blockgen-absorb-causal', import.meta.url).pathname;

it('a model opens on wasm where ONNX Runtime is not to be had, and every run says so', async () => {
  const model = await openModel(folder, { process: 'absorbing' });
  expect(model.backend).toBe('wasm');
  const events = await lastValueFrom(run(pipeline('ar'), { model, length: 4 }).pipe(toArray()));
  expect(events.at(-1)?.type).toBe('finished');
  expect(events[0]).toMatchObject({
    type: 'started',
    warnings: [expect.stringMatching(/^ONNX Runtime can't be loaded.*npm install --ignore-scripts.* run on wasm/)],
  });
  model.denoiser.dispose();
  expect((await verifyCheckpoint(folder)).warnings).toEqual(model.warnings);
});

it('does not open on another backend than the one that was named', async () => {
  for (const options of [{ backend: 'onnx' }, { precision: 'int8' }]) {
    const opening = openModel(folder, { process: 'absorbing', ...options });
    await expect(opening).rejects.toThrow(InputError);
    await expect(opening).rejects.toThrow(/^ONNX Runtime can't be loaded[^\n]*$/);
  }
});
