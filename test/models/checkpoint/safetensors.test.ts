import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../../src/graph/input-error.js';
import {
  dtypes,
  encodeSafetensors,
  parseSafetensors,
  readSafetensors,
  writeSafetensors,
} from '../../../src/models/checkpoint/safetensors.js';

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

/** The bytes of a file with this header. */
function fileWith(header: unknown, body = new Uint8Array(16)): Uint8Array {
  const json = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + json.length + body.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
  bytes.set(json, 8);
  bytes.set(body, 8 + json.length);
  return bytes;
}

describe('safetensors', () => {
  it.each(dtypes)('gives back what was written as %s', (dtype) => {
    fc.assert(
      fc.property(tensors, (map) => {
        const read = parseSafetensors(encodeSafetensors(map, { dtype, metadata: { format: 'pt' } }), 'x');
        expect(read).toEqual(new Map([...map].map(([name, tensor]) => [name, { ...tensor, dtype }])));
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

  it('reads a file whose header has an odd length', async () => {
    const header = JSON.stringify({ a: { dtype: 'F16', shape: [2], data_offsets: [0, 4] } });
    const padded = header.length % 2 === 0 ? `${header} ` : header;
    const file = join(await mkdtemp(join(tmpdir(), 'safetensors-')), 'odd.safetensors');
    await writeFile(file, fileWith(padded, new Uint8Array(Uint16Array.of(0x3c00, 0xc000).buffer)));
    expect((await readSafetensors(file)).get('a')?.data).toEqual(Float32Array.of(1, -2));
  });

  it('reads tensors at odd offsets of the file', () => {
    const body = new Uint8Array(Float32Array.of(7).buffer);
    const header = { a: { dtype: 'F32', shape: [1], data_offsets: [0, 4] } };
    for (const padding of ['', ' ', '  ', '   ']) {
      const read = parseSafetensors(fileWith(JSON.stringify(header) + padding, body), 'x');
      expect(read.get('a')?.data).toEqual(Float32Array.of(7));
    }
  });

  const entry = { dtype: 'F32', shape: [2], data_offsets: [0, 8] };
  it.each([
    ['nothing', new Uint8Array(3), /3 bytes/],
    ['a text file', new TextEncoder().encode('{"this is": "not it"}'), /header length of \d+ in a file of 21 bytes/],
    ['a header that is not JSON', fileWith('{"a":'), /not JSON/],
    ['a header that is a list', fileWith([]), /not an object/],
    ['a malformed entry', fileWith({ a: { dtype: 'F32' } }), /entry for a/],
    ['a negative size', fileWith({ a: { ...entry, shape: [-2] } }), /entry for a/],
    ['an unknown type', fileWith({ a: { ...entry, dtype: 'I64' } }), /a is stored as I64; expected F32, F16, BF16/],
    ['a range of another size', fileWith({ a: { ...entry, data_offsets: [0, 4] } }), /takes 8 bytes.*gives it 4/],
    ['a file that is cut short', fileWith({ a: { ...entry, data_offsets: [12, 20] } }), /cut short: a ends/],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => parseSafetensors(bytes, 'the file')).toThrow(InputError);
    expect(() => parseSafetensors(bytes, 'the file')).toThrow(message);
    expect(() => parseSafetensors(bytes, 'the file')).toThrow(/the file/);
  });

  it('never crashes on a damaged file', () => {
    const whole = encodeSafetensors(new Map([['a', { shape: [4], data: Float32Array.of(1, 2, 3, 4) }]]));
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.integer({ min: 0, max: 255 }), fc.nat(whole.length), (at, byte, end) => {
        const damaged = whole.slice(0, end);
        if (at < end) damaged[at] = byte;
        try {
          parseSafetensors(damaged, 'x');
        } catch (error) {
          expect(error).toBeInstanceOf(InputError);
        }
      }),
      { seed: 3, numRuns: 500 },
    );
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

  it('names a missing file', async () => {
    await expect(readSafetensors('/nowhere/model.safetensors')).rejects.toThrow(InputError);
    await expect(readSafetensors('/nowhere/model.safetensors')).rejects.toThrow('/nowhere/model.safetensors');
  });

  it('reads the published files', async () => {
    const url = new URL('../../fixtures/parity/blockgen-uniform-noadaln/model.safetensors', import.meta.url);
    const bytes = await readFile(url);
    expect(parseSafetensors(bytes, 'x').get('vocab_embed.embedding')?.shape).toEqual([17, 24]);
  });
});
