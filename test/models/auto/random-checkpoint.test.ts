import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { InputError } from '../../../src/graph/input-error.js';
import {
  storedTypes,
  writeRandomCheckpoint,
  type RandomCheckpoint,
} from '../../../src/models/auto/random-checkpoint.js';
import { modelToTime, randomModel, removeModel } from '../../../src/models/auto/timed-models.js';
import { openModel } from '../../../src/models/open-model.js';

const small: RandomCheckpoint = {
  type: 'block-dit',
  shape: { vocabularySize: 30, hidden: 16, layers: 2, condition: 4 },
  heads: 2,
  length: 32,
  causal: true,
  process: 'uniform',
  stored: 'f32',
  seed: 0,
};

const newFolder = () => mkdtemp(join(tmpdir(), 'samplewire-random-'));
const weightsOf = (folder: string) => readFile(join(folder, 'model.safetensors'));

it.each(storedTypes)('writes a model that opens, in %s', async (stored) => {
  const folder = await newFolder();
  const { parameters, bytes } = await writeRandomCheckpoint(folder, { ...small, stored });
  expect(bytes).toBe(parameters * (stored === 'f32' ? 4 : 2));
  expect(await modelToTime(folder)).toMatchObject({ parameters, positions: 16, context: 16 });
  const { denoiser } = await openModel(folder, { backend: 'cpu' });
  expect(denoiser.manifest).toMatchObject({ vocabularySize: 30, process: 'uniform', length: 32 });
  denoiser.dispose();
});

it('writes the same for the same seed only', async () => {
  const [one, same, other] = await Promise.all([newFolder(), newFolder(), newFolder()]);
  await writeRandomCheckpoint(one, small);
  await writeRandomCheckpoint(same, small);
  await writeRandomCheckpoint(other, { ...small, seed: 1 });
  expect((await weightsOf(one)).equals(await weightsOf(same))).toBe(true);
  expect((await weightsOf(one)).equals(await weightsOf(other))).toBe(false);
});

it('refuses sizes that no model has, and ends when it is told to', async () => {
  await expect(writeRandomCheckpoint(await newFolder(), { ...small, heads: 5 })).rejects.toThrow(InputError);
  const stop = AbortSignal.abort(new Error('enough'));
  await expect(writeRandomCheckpoint(await newFolder(), small, stop)).rejects.toThrow('enough');
  await expect(randomModel(stop)).rejects.toThrow('enough');
});

it('removes what it wrote', async () => {
  const folder = await newFolder();
  await writeRandomCheckpoint(folder, small);
  await removeModel({ folder });
  await expect(weightsOf(folder)).rejects.toThrow(/ENOENT/);
});
