import { expect, it } from 'vitest';
import { circumstancesOf } from '../../../src/models/auto/circumstances.js';
import { parityCase } from '../../../src/models/auto/parity-case.js';
import type { BackendOptions } from '../../../src/models/backend-choice.js';
import { withCheckpoint } from '../../../src/models/checkpoint/folder.js';
import { writeModel } from '../support/random-model.js';

const keyOf = (folder: string, options: BackendOptions = {}, environment: NodeJS.ProcessEnv = {}) =>
  withCheckpoint(folder, (checkpoint) => Promise.resolve(circumstancesOf(checkpoint, options, environment)));

it('are the same for a model of the same size under the same circumstances, whatever its weights and folder', async () => {
  const [one, other] = await Promise.all([writeModel({ seed: 1 }), writeModel({ seed: 2 })]);
  expect(await keyOf(one)).toBe(await keyOf(other));
  // What is said is what holds when nothing is said.
  expect(await keyOf(one, { precision: 'fp32' })).toBe(await keyOf(one));
  expect(await keyOf(one, {}, { EDITOR: 'ed' })).toBe(await keyOf(one));
});

it.each<[string, BackendOptions, NodeJS.ProcessEnv]>([
  ['the precision', { precision: 'fp16' }, {}],
  ['the threads', { threads: 2 }, {}],
  ...[
    ...['VK_ICD_FILENAMES', 'VK_DRIVER_FILES', 'CUDA_VISIBLE_DEVICES', 'SAMPLEWIRE_TENSORFLOW', 'LD_LIBRARY_PATH'],
    'NVIDIA_TF32_OVERRIDE',
  ].map((name): [string, BackendOptions, NodeJS.ProcessEnv] => [name, {}, { [name]: '0' }]),
])('are others when %s changes', async (_, options, environment) => {
  expect(await keyOf(parityCase, options, environment)).not.toBe(await keyOf(parityCase));
});

it.each([{ layers: 4 }, { hidden: 60 }, { vocabulary: 30 }, { heads: 6 }, { length: 161 }, { adaLN: false }])(
  'are others for a model that differs in %j',
  async (change) => {
    expect(await keyOf(await writeModel(change))).not.toBe(await keyOf(await writeModel()));
  },
);
