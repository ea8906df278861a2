import { lastValueFrom } from 'rxjs';
import { expect, it } from 'vitest';
import type { Model } from '../../../../src/models/denoiser.js';
import { openModel } from '../../../../src/models/open-model.js';
import { loadTensorBackend } from '../../../../src/models/tfjs/load.js';
import type { RunEvent } from '../../../../src/runtime/events.js';
import { run } from '../../../../src/runtime/run.js';
import { captureConsole } from '../../../support/console.js';
import { pipeline } from '../../../support/pipelines.js';
import { writeModel } from '../../support/random-model.js';
import { insideOf, takeMemory } from './support.js';

const writes = captureConsole();

const runOn = (model: Model, rows: number, length = 144): Promise<RunEvent> =>
  lastValueFrom(
    run(pipeline('block-ancestral'), { model, params: { steps: 1, blockSize: 16 }, rows, length, seed: 3 }),
  );

async function tokensOf(model: Model, length?: number): Promise<readonly (readonly number[])[]> {
  const last = await runOn(model, 2, length);
  if (last.type !== 'finished') throw new Error(JSON.stringify(last));
  return last.rows.map(({ tokens }) => tokens);
}

it('a run for which WebAssembly has no room fails with the remedy, and leaves the backend to all others', async () => {
  const [folder, another] = [await writeModel(), await writeModel({ seed: 2 })];
  const model = await openModel(folder, { backend: 'wasm' });
  const beside = await openModel(another, { backend: 'wasm' });
  const expected = [await tokensOf(model), await tokensOf(beside)];
  const { tf } = await loadTensorBackend('wasm');
  const before = tf.memory().numTensors;
  const giveBack = takeMemory(tf, 2 ** 20);

  const last = await runOn(model, 64);
  expect(last).toMatchObject({ type: 'failed' });
  const message = last.type === 'failed' ? last.failure.message : '';
  expect(message).toMatch(/^WebAssembly has no room for another \d+ MB/);
  expect(message).toContain('limits.rows; --max-rows on the command line');
  expect([model.denoiser.live, tf.memory().numTensors]).toEqual([0, before]);

  giveBack();
  expect([await tokensOf(model), await tokensOf(beside)]).toEqual(expected);
  const later = await openModel(folder, { backend: 'wasm' });
  expect(await tokensOf(later)).toEqual(expected[0]);
  for (const { denoiser } of [model, beside, later]) denoiser.dispose();
  expect(writes).toEqual([]);
});

it('leaves nothing behind, whichever piece of memory is refused', async () => {
  const folder = await writeModel({ hidden: 12, heads: 2, layers: 2 });
  const model = await openModel(folder, { backend: 'wasm' });
  const expected = await tokensOf(model, 32);
  const { tf } = await loadTensorBackend('wasm');
  const inside = insideOf(tf);
  const take = inside._malloc;
  let calls = 0;
  let refused = Infinity;
  inside._malloc = (bytes) => {
    calls += 1;
    if (calls === refused) throw new Error('no room');
    return take(bytes);
  };
  const left = () => [model.denoiser.live, tf.memory().numTensors, tf.memory().numBytes, tf.backend().numDataIds()];
  const before = left();
  expect(await tokensOf(model, 32)).toEqual(expected);
  const all = calls;
  expect(all).toBeGreaterThan(100);
  for (refused = 1; refused <= all; refused += 1) {
    calls = 0;
    // The runtime tries what failed in company again: a refusal that comes once may end no run.
    await runOn(model, 2, 32);
    expect(left(), String(refused)).toEqual(before);
  }
  inside._malloc = take;
  expect(await tokensOf(model, 32)).toEqual(expected);
  model.denoiser.dispose();
});

it('a backend that has stopped says so to the models on it, and another one takes its place', async () => {
  const folder = await writeModel();
  const { tf } = await loadTensorBackend('wasm');
  const before = tf.memory();
  const model = await openModel(folder, { backend: 'wasm' });
  const expected = await tokensOf(model);
  // As a kernel leaves it that has written where it had no memory.
  insideOf(tf).HEAPU8.fill(255, 0, 2 ** 20);

  const stopped = /^The WASM backend has stopped \(.+\), and with it everything on it: open the model again/;
  for (let turn = 0; turn < 2; turn += 1) {
    expect(await runOn(model, 2)).toMatchObject({
      type: 'failed',
      failure: { message: expect.stringMatching(stopped) },
    });
    expect(model.denoiser.live).toBe(0);
  }
  const [again, beside] = await Promise.all([
    openModel(folder, { backend: 'wasm' }),
    openModel(await writeModel({ seed: 2 }), { backend: 'wasm' }),
  ]);
  expect(await tokensOf(again)).toEqual(expected);
  expect(await tokensOf(beside)).not.toEqual(expected);
  // What was open before does not compute with what has gone.
  expect(await runOn(model, 2)).toMatchObject({ type: 'failed', failure: { message: expect.stringMatching(stopped) } });
  model.denoiser.dispose();
  expect(await tokensOf(again)).toEqual(expected);
  for (const { denoiser } of [again, beside]) denoiser.dispose();
  const { numTensors, numBytes } = tf.memory();
  expect([numTensors, numBytes]).toEqual([before.numTensors, before.numBytes]);
  expect(writes).toEqual([]);
});
