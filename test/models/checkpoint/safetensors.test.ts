import { mkdtemp, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dtypes } from '../../../src/models/checkpoint/safetensors-header.js';
import { encodeSafetensors, readSafetensors, writeSafetensors } from '../../../src/models/checkpoint/safetensors.js';

const tensors = fc
  .uniqueArray(
    fc.record({
      name: fc.string({ minLength: 1 }).filter((name) => !name.startsWith('__')),
      shape: fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 3 }),
    }),
    { selector: ({ name }) => name, maxLength: 5 },
  )
  .chain((entries) =>
    fc.tuple(
      ...entries.map(({ name, shape }) => {
        const size = shape.reduce((a, b) => a * b, 1);
        return fc
          .array(fc.integer({ min: -200, max: 200 }), { minLength: size, maxLength: size })
          .map((values) => [name, { shape, data: Float32Array.from(values, (value) => value / 4) }] as const);
      }),
    ),
  )
  .map((entries) => new Map(entries));

describe('safetensors', () => {
  it.each(dtypes)('gives back what was written as %s', async (dtype) => {
    const path = join(await mkdtemp(join(tmpdir(), 'safetensors-')), 'model.safetensors');
    await fc.assert(
      fc.asyncProperty(tensors, async (map) => {
        await writeFile(path, encodeSafetensors(map, { dtype, metadata: { format: 'pt' } }));
        expect(await readSafetensors(path)).toEqual(
          new Map([...map].map(([name, tensor]) => [name, { ...tensor, dtype }])),
        );
      }),
      { seed: 2 },
    );
  });

  it('lays the file out as the format says', () => {
    const bytes = encodeSafetensors(new Map([['a', { shape: [1, 2], data: Float32Array.of(1, -2) }]]));
    const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    expect(length % 8).toBe(0);
    expect(JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)))).toEqual({
      a: { dtype: 'F32', shape: [1, 2], data_offsets: [0, 8] },
    });
    expect(new Float32Array(bytes.slice(8 + length).buffer)).toEqual(Float32Array.of(1, -2));
  });

  it('refuses to write what the type or the shape cannot hold', () => {
    const one = (data: Float32Array, shape: number[]) => new Map([['w', { shape, data }]]);
    expect(() => encodeSafetensors(one(Float32Array.of(1e5), [1]), { dtype: 'F16' })).toThrow(/w holds 100000/);
    expect(() => encodeSafetensors(one(Float32Array.of(1, 2), [3]))).toThrow(/w has 2 numbers for shape \[3\]/);
  });

  it('writes a whole file or leaves the old one', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'samplewire-safetensors-'));
    const path = join(folder, 'model.safetensors');
    const map = new Map([['w', { shape: [1], data: Float32Array.of(3) }]]);
    await writeSafetensors(path, map);
    const bad = new Map([['w', { shape: [1], data: Float32Array.of(1e9) }]]);
    await expect(writeSafetensors(path, bad, { dtype: 'F16' })).rejects.toThrow(/cannot store/);
    expect((await readSafetensors(path)).get('w')?.data).toEqual(Float32Array.of(3));
    await expect(writeSafetensors(join(folder, 'none', 'x'), map)).rejects.toThrow(/ENOENT/);
    expect(await readdir(folder)).toEqual(['model.safetensors']);
  });
});
