import { mkdirSync, mkdtempSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { findTensorflow } from '../../../../src/models/tfjs/loading/find-tensorflow.js';
import { pretendInstalled, pretendPackage } from '../../support/tensorflow-folders.js';

const gpu = '@tensorflow/tfjs-node-gpu';
const cpu = '@tensorflow/tfjs-node';
let project: string;
let cache: string;

beforeEach(() => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'samplewire-find-')));
  [project, cache] = [join(folder, 'project'), join(folder, 'cache')];
  mkdirSync(project);
  vi.stubEnv('SAMPLEWIRE_TENSORFLOW', undefined);
  vi.stubEnv('SAMPLEWIRE_CACHE', cache);
  vi.spyOn(process, 'cwd').mockReturnValue(project);
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

const kept = (kind: string): string => join(cache, 'tensorflow', kind);

it('finds nothing where there is nothing, and says where it looked', () => {
  const { candidates, looked } = findTensorflow();
  expect(candidates).toEqual([]);
  expect(looked).toEqual([
    `no ${gpu} beside samplewire or in ${project}`,
    `no ${cpu} beside samplewire or in ${project}`,
    `${kept('cuda')} does not exist`,
    `${kept('cpu')} does not exist`,
  ]);
});

it("prefers the user's own installation to a kept one, and the package for cards to the other", () => {
  const kept1 = pretendInstalled(kept('cpu'), '');
  const kept2 = pretendInstalled(kept('cuda'), '', { variant: 'cuda' });
  const plain = pretendPackage(project, cpu, '');
  const forCards = pretendPackage(project, gpu, '');
  expect(findTensorflow().candidates).toEqual([
    { package: gpu, entry: forCards, from: 'project' },
    { package: cpu, entry: plain, from: 'project' },
    {
      ...{ package: gpu, entry: kept2, from: 'cache', variant: 'cuda' },
      again: 'npx samplewire install tensorflow --cuda --force',
    },
    { package: gpu, entry: kept1, from: 'cache', variant: 'cpu', again: 'npx samplewire install tensorflow --force' },
  ]);
});

it('looks nowhere else when a folder is named', () => {
  pretendPackage(project, gpu, '');
  pretendInstalled(kept('cpu'), '');
  const named = join(project, 'named');
  vi.stubEnv('SAMPLEWIRE_TENSORFLOW', named);
  expect(findTensorflow()).toEqual({
    candidates: [],
    looked: [`SAMPLEWIRE_TENSORFLOW names ${named}, which does not exist`],
  });
  const entry = pretendInstalled(named, '', { name: cpu });
  expect(findTensorflow().candidates).toMatchObject([{ package: cpu, entry, from: 'named' }]);
});

it('knows of a named folder too that it was made for cards', () => {
  const named = join(project, 'named');
  vi.stubEnv('SAMPLEWIRE_TENSORFLOW', named);
  pretendInstalled(named, '', { variant: 'cuda' });
  expect(findTensorflow().candidates).toMatchObject([{ again: 'npx samplewire install tensorflow --cuda --force' }]);
});

it('takes the empty variable for none', () => {
  vi.stubEnv('SAMPLEWIRE_TENSORFLOW', '');
  const entry = pretendInstalled(kept('cpu'), '');
  expect(findTensorflow().candidates).toMatchObject([{ entry, from: 'cache' }]);
});

it('does not take an unfinished folder for a finished one', () => {
  pretendPackage(kept('cpu'), gpu, '');
  const { candidates, looked } = findTensorflow();
  expect(candidates).toEqual([]);
  expect(looked.at(-1)).toBe(`${kept('cpu')} holds no finished installation`);
});
