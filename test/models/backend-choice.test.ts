import { availableParallelism } from 'node:os';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/graph/input-error.js';
import {
  candidatesOf,
  checkBackendOptions,
  chooseBackend,
  findBackend,
  inWords,
  type BackendOptions,
} from '../../src/models/backend-choice.js';

const threads = availableParallelism();
const unavailable = () => Promise.reject(new InputError("ONNX Runtime can't be loaded: npm install it."));

describe('chooseBackend', () => {
  it.each<[BackendOptions, ReturnType<typeof chooseBackend>, string]>([
    [{}, { backend: 'onnx', precision: 'fp32', threads }, `onnx, fp32, ${threads} threads`],
    [{ precision: 'int8', threads: 1 }, { backend: 'onnx', precision: 'int8', threads: 1 }, 'onnx, int8, 1 thread'],
    [
      { backend: 'onnx-webgpu', precision: 'fp16', threads: 2 },
      { backend: 'onnx-webgpu', precision: 'fp16', threads: 2 },
      'onnx-webgpu, fp16, 2 threads',
    ],
    [{ backend: 'wasm' }, { backend: 'wasm' }, 'wasm'],
    [{ backend: 'cpu', precision: 'fp32' }, { backend: 'cpu' }, 'cpu'],
  ])('%j', (options, choice, words) => {
    expect(chooseBackend(options)).toEqual(choice);
    expect(inWords(chooseBackend(options))).toBe(words);
  });

  it.each<[BackendOptions, RegExp]>([
    [
      { backend: 'cuda' },
      /no backend cuda; known are onnx, onnx-webgpu, onnx-cuda, webgpu, tensorflow, wasm, cpu, auto\.$/,
    ],
    [{ backend: 'ONNX' }, /no backend ONNX; .*did you mean "onnx"\?/],
    [{ precision: 'int9' }, /no precision int9; known are fp32, int8, int4, fp16; did you mean "int8"/],
    [{ backend: 'wasm', precision: 'int8' }, /wasm computes in fp32; int8 is for backend onnx\.$/],
    [{ backend: 'onnx-cuda', precision: 'int4' }, /onnx-cuda computes in fp32, fp16; int4 is for backend onnx\.$/],
    [{ precision: 'fp16' }, /onnx computes in fp32, int8, int4; fp16 is for backend onnx-webgpu or onnx-cuda\.$/],
    [{ backend: 'wasm', threads: 4 }, /wasm decides itself how many threads.* backend onnx/],
    ...[0, -1, 1.5, NaN, 1e9].map((count): [BackendOptions, RegExp] => [
      { threads: count },
      new RegExp(`threads must be an integer from 1 to 1024, not ${String(count)}`),
    ]),
  ])('refuses %j in one sentence', (options, message) => {
    expect(() => chooseBackend(options)).toThrow(InputError);
    expect(() => chooseBackend(options)).toThrow(message);
    expect(() => chooseBackend(options)).not.toThrow(/\n/);
  });

  it('tells all faults at once', () => {
    expect(() => chooseBackend({ backend: 'cpu', precision: 'int4', threads: 2 })).toThrow(/int4[^]*\n[^]*threads/);
  });
});

describe('auto', () => {
  it.each<[BackendOptions, string[]]>([
    [{}, ['onnx', 'onnx-cuda', 'webgpu', 'onnx-webgpu', 'tensorflow', 'wasm']],
    [{ precision: 'fp32', threads: 2 }, ['onnx', 'onnx-cuda', 'onnx-webgpu']],
    [{ precision: 'fp16' }, ['onnx-cuda', 'onnx-webgpu']],
    [{ precision: 'int8', threads: 2 }, ['onnx']],
    [{ precision: 'int4' }, ['onnx']],
  ])('with %j chooses among %j', (options, names) => {
    expect(candidatesOf(options)).toEqual(names);
    expect(() => checkBackendOptions({ backend: 'auto', ...options })).not.toThrow();
  });

  it.each<[BackendOptions, RegExp]>([
    [{ precision: 'int9' }, /no precision int9/],
    [{ threads: 0 }, /threads must be an integer/],
  ])('refuses %j', (options, message) => {
    expect(() => checkBackendOptions({ backend: 'auto', ...options })).toThrow(message);
    expect(() => checkBackendOptions({ backend: 'onnx', ...options })).toThrow(message);
  });

  it('is no backend to open anything on', () => {
    expect(() => chooseBackend({ backend: 'auto' })).toThrow(InputError);
  });
});

describe('findBackend', () => {
  it('takes ONNX Runtime where it loads', async () => {
    const found = await findBackend({}, () => Promise.resolve());
    expect(found).toEqual({ choice: { backend: 'onnx', precision: 'fp32', threads }, warnings: [] });
  });

  it('takes wasm where it does not, and says why and what to do', async () => {
    const { choice, warnings } = await findBackend({}, unavailable);
    expect(choice).toEqual({ backend: 'wasm' });
    expect(warnings).toEqual([expect.stringMatching(/^ONNX Runtime can't be loaded: npm install it\. .* wasm/)]);
  });

  it.each<BackendOptions>([{ backend: 'onnx' }, { precision: 'int8' }, { threads: 2 }, { precision: 'fp32' }])(
    'takes nothing else where %j was chosen',
    async (options) => {
      await expect(findBackend(options, unavailable)).rejects.toThrow(/can't be loaded/);
    },
  );

  it('does not look for what was not asked for, and hides no other fault', async () => {
    expect(await findBackend({ backend: 'cpu' }, unavailable)).toEqual({ choice: { backend: 'cpu' }, warnings: [] });
    await expect(findBackend({}, () => Promise.reject(new TypeError('a bug')))).rejects.toThrow('a bug');
  });
});
