import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, describe } from 'vitest';
import { InputError } from '../../src/graph/input-error.js';
import { openModel } from '../../src/models/open-model.js';
import { loadTensorBackend } from '../../src/models/tfjs/load.js';
import { configOf, smallModel, writeModel } from './support/random-model.js';

describe.each(['onnx', 'wasm'])('opening a model on %s', (backend) => {
  it('tells how far it is, up to the end', async () => {
    const told: (readonly [number, number])[] = [];
    const folder = await writeModel();
    const { denoiser } = await openModel(folder, { backend, progress: (...step) => void told.push(step) });
    denoiser.dispose();
    const [, total = 0] = told.at(-1) ?? [];
    expect(told.at(-1)).toEqual([total, total]);
    const done = told.map(([bytes]) => bytes);
    expect(done).toEqual([...done].sort((a, b) => a - b));
    const { length } = await readFile(join(folder, 'model.safetensors'));
    expect(total).toBeGreaterThan(0.9 * length);
  });

  it('ends where it is told to, with the reason', async () => {
    const reason = new Error('enough');
    const folder = await writeModel();
    await expect(openModel(folder, { backend, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const stopping = new AbortController();
    const progress = () => stopping.abort(reason);
    const error: unknown = await openModel(folder, { backend, progress, signal: stopping.signal }).then(
      ({ denoiser }) => denoiser.dispose(),
      (thrown: unknown) => thrown,
    );
    // So small a model may be there before it hears of it, but in a thread of its own only.
    if (backend === 'wasm' || error !== undefined) expect(error).toBe(reason);
  });

  it('names every tensor with numbers that are not finite', async () => {
    const names = ['vocab_embed.embedding', 'blocks.1.attn_qkv.weight', 'output_layer.norm_final.weight'];
    const folder = await writeModel({}, (tensors) => {
      for (const name of names) tensors.get(name)?.data.set([NaN], 7);
    });
    const error = new InputError(
      `${join(folder, 'model.safetensors')} is damaged: ` +
        `${names.map((name) => `${name} holds numbers that are not finite`).join('; ')}.`,
    );
    await expect(openModel(folder, { backend })).rejects.toEqual(error);
  });
});

it('an opening on wasm that is ended midway leaves no tensor', async () => {
  const { tf } = await loadTensorBackend('wasm');
  const folder = await writeModel();
  const before = tf.memory().numTensors;
  const steps: number[] = [];
  const { denoiser } = await openModel(folder, { backend: 'wasm', progress: (done) => void steps.push(done) });
  denoiser.dispose();
  expect(tf.memory().numTensors).toBe(before);
  expect(steps.length).toBeGreaterThan(4 * smallModel.layers);
  for (const step of [0, 3, Math.floor(steps.length / 2), steps.length - 2]) {
    const stopping = new AbortController();
    const opening = openModel(folder, {
      backend: 'wasm',
      signal: stopping.signal,
      progress: (done) => {
        if (done === steps[step]) stopping.abort(new Error('enough'));
      },
    });
    await expect(opening).rejects.toThrow('enough');
    expect(tf.memory().numTensors).toBe(before);
  }
});

it('more blocks than there are tensors are refused before they are counted', async () => {
  const folder = await writeModel();
  await writeFile(join(folder, 'config.json'), JSON.stringify({ ...configOf(smallModel), n_blocks: 1e12 }));
  await expect(openModel(folder)).rejects.toThrow(/has \d+ tensors, too few for the 1000000000000 blocks \(n_blocks\)/);
});

it.runIf(process.platform === 'linux')('no file stays open, whatever happens', async () => {
  const sound = await writeModel();
  const damaged = await writeModel({}, (tensors) => tensors.get('vocab_embed.embedding')?.data.set([Infinity]));
  const before = (await readdir('/proc/self/fd')).length;
  for (let i = 0; i < 5; i += 1) {
    const { denoiser } = await openModel(sound, { backend: 'wasm' });
    denoiser.dispose();
    await expect(openModel(damaged, { backend: 'wasm' })).rejects.toThrow(InputError);
    await expect(openModel(sound, { backend: 'wasm', signal: AbortSignal.abort() })).rejects.toThrow();
  }
  expect((await readdir('/proc/self/fd')).length).toBeLessThan(before + 5);
});
