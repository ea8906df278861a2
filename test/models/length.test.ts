import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { lastValueFrom } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/graph/input-error.js';
import { parseConfig } from '../../src/models/checkpoint/config.js';
import { openModel } from '../../src/models/open-model.js';
import { KeyValueStorage } from '../../src/models/onnx/engine/storage.js';
import { run } from '../../src/runtime/run.js';
import { pipeline } from '../support/pipelines.js';
import { configOf, smallModel, writeModel } from './support/random-model.js';
import { openTested } from './support/use-model.js';

const longest = 2 ** 24;

describe.each(['onnx', 'onnx device', 'wasm', 'device'])(
  'a model on %s whose config.json has the largest length',
  (backend) => {
    it('opens and decodes as one with a small length does', async () => {
      const tokens: unknown[] = [];
      for (const length of [smallModel.length, longest]) {
        const denoiser = await openTested(await writeModel({ length }), backend);
        const model = { denoiser, tokenizer: null, warnings: [] };
        const request = { model, params: { steps: 2, blockSize: 4 }, rows: 3, length: 100, seed: 4 };
        const last = await lastValueFrom(run(pipeline('block-ancestral'), request));
        if (last.type !== 'finished') throw new Error(JSON.stringify(last));
        tokens.push(last.rows.map((row) => row.tokens));
        denoiser.dispose();
      }
      expect(tokens[1]).toEqual(tokens[0]);
    });
  },
);

describe('a config.json with a greater length', () => {
  it('is refused with the field, its value and the largest', () => {
    const config = (length: number) => ({ ...configOf(smallModel), length });
    expect(parseConfig(config(longest), 'config.json').length).toBe(longest);
    for (const length of [longest + 1, 2e9]) {
      const fault = `config.json is not a model configuration (length: at most ${String(longest)} tokens, not ${String(length)}).`;
      expect(() => parseConfig(config(length), 'config.json')).toThrow(new InputError(fault));
    }
  });

  it.each(['onnx', 'wasm'])('does not open on %s', async (backend) => {
    const folder = await writeModel();
    const path = join(folder, 'config.json');
    await writeFile(path, (await readFile(path, 'utf8')).replace(/"length":\d+/, '"length":2000000000'));
    await expect(openModel(folder, { backend })).rejects.toThrow(
      `${path} is not a model configuration (length: at most`,
    );
  });
});

describe('the memory for keys and values', () => {
  const size = { layers: 1, heads: 2, width: 2, vocabularySize: 7 };
  const fresh = (count: number, first: number) => {
    const of = (sign: number) =>
      Float32Array.from({ length: size.heads * count * size.width }, (_, i) => sign * (first + i));
    return { layers: [{ keys: of(1), values: of(-1) }], positions: count, start: 0, count };
  };

  it('grows with the texts beyond what is reserved at first, and keeps what is there', () => {
    const storage = new KeyValueStorage(size, longest);
    storage.resize(64, []);
    storage.write(0, 0, fresh(3, 1));
    storage.write(1, 0, fresh(2, 100));
    const before = [0, 1].map((slot) => storage.view(slot, 1).map(({ keys }) => [...keys.subarray(0, 4)]));
    storage.resize(10_048, [3, 2]);
    storage.write(1, 10_000, fresh(2, 500));
    const after = [0, 1].map((slot) => storage.view(slot, 1).map(({ keys }) => [...keys.subarray(0, 4)]));
    expect(after).toEqual(before);
    const [{ keys, values } = { keys: [], values: [] }] = storage.view(1, 1);
    expect([keys[2 * 10_000], values[2 * (10_048 + 10_001) + 1]]).toEqual([500, -507]);
  });

  it('is the same for all lengths as long as texts are short', () => {
    const reserved = (length: number): number => {
      const storage = new KeyValueStorage(size, length);
      storage.resize(64, []);
      const [{ keys } = { keys: new Float32Array() }] = storage.view(0, 100);
      return keys.buffer.byteLength;
    };
    expect(reserved(longest)).toBe(reserved(4096));
  });
});
