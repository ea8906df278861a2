import { execFileSync } from 'node:child_process';
import { mkdir, open, readdir, realpath, symlink, truncate, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../../src/graph/input-error.js';
import { encodeSafetensors } from '../../../src/models/checkpoint/safetensors.js';
import { openSafetensors } from '../../../src/models/checkpoint/safetensors-file.js';
import { fileWith, newPath, written } from './raw-file.js';

const entry = { dtype: 'F32', shape: [2], data_offsets: [0, 8] };
const behind = { dtype: 'F16', shape: [4], data_offsets: [8, 16] };

describe('opening a safetensors file', () => {
  it('says where every tensor lies, in the order of the bytes, and reads no tensor', async () => {
    const header = JSON.stringify({ b: behind, __metadata__: { format: 'pt' }, a: entry });
    const path = await written(fileWith(header));
    const file = await openSafetensors(path);
    const start = 8 + header.length;
    expect([...file.entries]).toEqual([
      ['a', { name: 'a', dtype: 'F32', shape: [2], offset: start, length: 8 }],
      ['b', { name: 'b', dtype: 'F16', shape: [4], offset: start + 8, length: 8 }],
    ]);
    expect(file.bytes).toBe(start + 16);
    expect(file.where).toBe(path);
    // What is written after opening is what is read.
    const handle = await open(path, 'r+');
    await handle.write(new Uint8Array(Float32Array.of(3, -7).buffer), 0, 8, start);
    await handle.close();
    expect(await file.read('a')).toEqual(Float32Array.of(3, -7));
    await expect(file.read('c')).rejects.toThrow(/has no tensor c/);
    await file.close();
  });

  it('knows the file behind a link', async () => {
    const path = await written(fileWith({ a: entry, b: behind }));
    const link = join(dirname(path), 'link');
    await symlink(path, link);
    const file = await openSafetensors(link);
    expect([file.path, file.where]).toEqual([await realpath(path), link]);
    await file.close();
  });

  it('takes empty tensors, scalars and headers of any length', async () => {
    for (const padding of ['', ' ', '  ', '   ']) {
      const header = {
        z: { dtype: 'F32', shape: [4, 0], data_offsets: [4, 4] },
        a: { dtype: 'F32', shape: [], data_offsets: [0, 4] },
        b: { dtype: 'BF16', shape: [1], data_offsets: [4, 6] },
      };
      const body = new Uint8Array([...new Uint8Array(Float32Array.of(7).buffer), 0x80, 0x3f]);
      const file = await openSafetensors(await written(fileWith(JSON.stringify(header) + padding, body)));
      const read = await Promise.all(['a', 'z', 'b'].map((name) => file.read(name)));
      expect(read).toEqual([Float32Array.of(7), new Float32Array(), Float32Array.of(1)]);
      await file.close();
    }
  });

  it('takes a name that objects have a meaning for', async () => {
    const file = await openSafetensors(
      await written(fileWith('{"__proto__": {"dtype": "F32", "shape": [4], "data_offsets": [0, 16]}}')),
    );
    expect((await file.read('__proto__')).length).toBe(4);
    await file.close();
  });

  it('reads the published files', async () => {
    const url = new URL('../../fixtures/parity/blockgen-uniform-noadaln/model.safetensors', import.meta.url);
    const file = await openSafetensors(url.pathname);
    expect(file.entries.get('vocab_embed.embedding')?.shape).toEqual([17, 24]);
    await file.close();
  });
});

describe('a bad safetensors file', () => {
  it.each([
    ['nothing', new Uint8Array(3), /3 bytes/],
    ['an empty file', new Uint8Array(), /0 bytes/],
    ['a text file', new TextEncoder().encode('{"this is": "not it"}'), /header length of \d+ in a file of 21 bytes/],
    ['a header that is not JSON', fileWith('{"a":'), /not JSON/],
    ['a header that is no text', fileWith('""').fill(0xff, 8, 10), /not JSON/],
    ['a header that is a list', fileWith([]), /not an object/],
    ['a header that is null', fileWith('null'), /not an object/],
    ['a malformed entry', fileWith({ a: { dtype: 'F32' } }), /entry for a/],
    ['an entry that is a number', fileWith({ a: 3 }), /entry for a/],
    ['a negative size', fileWith({ a: { ...entry, shape: [-2] } }), /entry for a/],
    ['a size that is no integer', fileWith({ a: { ...entry, shape: [2.5] } }), /entry for a/],
    ['a size beyond integers', fileWith('{"a": {"dtype":"F32","shape":[1e300],"data_offsets":[0,8]}}'), /entry for a/],
    ['more sizes than tensors have', fileWith({ a: { ...entry, shape: Array(9).fill(1) } }), /entry for a/],
    ['three offsets', fileWith({ a: { ...entry, data_offsets: [0, 8, 16] } }), /entry for a/],
    ['offsets the wrong way round', fileWith({ a: { ...entry, data_offsets: [8, 0] } }), /takes 8 bytes.*gives it -8/],
    ['an unknown type', fileWith({ a: { ...entry, dtype: 'I64' } }), /a is stored as I64; expected F32, F16, BF16/],
    ['a range of another size', fileWith({ a: { ...entry, data_offsets: [0, 4] } }), /takes 8 bytes.*gives it 4/],
    ['a file that is cut short', fileWith({ a: { ...entry, data_offsets: [12, 20] } }), /cut short: a ends/],
    [
      'sizes whose product is beyond numbers',
      fileWith({ a: { ...entry, shape: Array(8).fill(Number.MAX_SAFE_INTEGER) } }),
      /takes \S+ bytes/,
    ],
    [
      'tensors that overlap',
      fileWith({ a: entry, b: { ...behind, data_offsets: [4, 12] } }),
      /b overlaps a: it begins at byte \d+, expected \d+/,
    ],
    ['tensors at one place', fileWith({ a: entry, b: entry }), /b overlaps a/],
    ['a tensor in the header', fileWith({ a: { ...entry, data_offsets: [1, 9] } }), /a leaves a gap behind the header/],
    [
      'bytes between tensors',
      fileWith({ a: entry, b: { ...behind, shape: [2], data_offsets: [12, 16] } }),
      /b leaves a gap/,
    ],
    ['bytes behind all tensors', fileWith({ a: entry }), /has 8 bytes behind a that belong to no tensor/],
  ])('with %s is refused', async (_, bytes, message) => {
    const path = await written(bytes);
    await expect(openSafetensors(path)).rejects.toThrow(InputError);
    await expect(openSafetensors(path)).rejects.toThrow(message);
    await expect(openSafetensors(path)).rejects.toThrow(path);
  });

  it('that is missing, a folder or a pipe is named', async () => {
    const path = await newPath();
    await expect(openSafetensors(path)).rejects.toThrow(new InputError(`There is no file ${path}.`));
    await expect(openSafetensors(join(path, 'x'))).rejects.toThrow(InputError);
    await mkdir(path);
    await expect(openSafetensors(path)).rejects.toThrow(
      new InputError(`${path} is a folder; a file of weights must be a regular file.`),
    );
    if (process.platform !== 'win32') {
      execFileSync('mkfifo', [join(path, 'pipe')]);
      await expect(openSafetensors(join(path, 'pipe'))).rejects.toThrow(/pipe is a pipe; /);
    }
  });

  it('with a header of absurd length is refused before the header is read', async () => {
    const path = await written(fileWith({}, new Uint8Array()));
    const length = 600_000_000;
    await truncate(path, 2 * length);
    const handle = await open(path, 'r+');
    await handle.write(new Uint8Array(BigUint64Array.of(BigInt(length)).buffer), 0, 8, 0);
    await handle.close();
    const before = process.memoryUsage().arrayBuffers;
    await expect(openSafetensors(path)).rejects.toThrow(/a header length of 600000000, more than 100000000/);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1e6);
  });

  it.runIf(process.platform === 'linux')('is closed again', async () => {
    const path = await written(fileWith({ a: entry }));
    const before = await readdir('/proc/self/fd');
    for (let i = 0; i < 20; i += 1) await expect(openSafetensors(path)).rejects.toThrow(InputError);
    expect((await readdir('/proc/self/fd')).length).toBeLessThan(before.length + 10);
  });
});

describe('a damaged safetensors file', () => {
  /** One `InputError`, or tensors that have the room that they say and lie one behind the other up to the end. */
  async function checkOpening(path: string): Promise<void> {
    const file = await openSafetensors(path).catch((error: unknown) => {
      expect(error).toBeInstanceOf(InputError);
      expect(String(error)).toContain(path);
    });
    if (file === undefined) return;
    let end = [...file.entries.values()][0]?.offset ?? file.bytes;
    for (const [name, { offset, shape, length }] of file.entries) {
      expect(offset).toBe(end);
      end += length;
      expect((await file.read(name)).length).toBe(shape.reduce((product, n) => product * n, 1));
    }
    expect(end).toBe(file.bytes);
    await file.close();
  }

  it('with any bytes changed or cut off never crashes', async () => {
    const whole = encodeSafetensors(
      new Map([
        ['a', { shape: [4], data: Float32Array.of(1, 2, 3, 4) }],
        ['b', { shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) }],
      ]),
    );
    const path = await newPath();
    // Mostly in the header: what is behind it may be anything.
    const change = fc.record({ at: fc.nat(whole.length - 1), byte: fc.integer({ min: 0, max: 255 }) });
    const end = fc.oneof(fc.constant(whole.length), fc.nat(whole.length + 8));
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 3 }), end, async (changes, length) => {
        const damaged = new Uint8Array(length);
        damaged.set(whole.subarray(0, length));
        for (const { at, byte } of changes) if (at < length) damaged[at] = byte;
        await writeFile(path, damaged);
        await checkOpening(path);
      }),
      { seed: 3, numRuns: 400 },
    );
  });

  it('with any lengths, offsets, shapes and types never crashes', async () => {
    const path = await newPath();
    const odd = fc.constantFrom(-1, 0.5, 2 ** 31, 2 ** 32, 2 ** 53 - 1, 2 ** 53, 1e308);
    const number = fc.oneof({ weight: 6, arbitrary: fc.integer({ min: 0, max: 4 }).map((n) => 4 * n) }, odd);
    const stored = fc.record({
      dtype: fc.oneof({ weight: 9, arbitrary: fc.constantFrom('F32', 'F16', 'BF16') }, fc.string()),
      shape: fc.oneof(
        { weight: 6, arbitrary: fc.array(fc.oneof({ weight: 4, arbitrary: fc.nat(4) }, odd), { maxLength: 3 }) },
        fc.jsonValue(),
      ),
      data_offsets: fc.oneof({ weight: 9, arbitrary: fc.tuple(number, number) }, fc.jsonValue()),
    });
    const header = fc.dictionary(fc.constantFrom('a', 'b', 'c', '__metadata__'), fc.oneof(stored, fc.jsonValue()));
    const length = fc.option(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), { freq: 8 });
    await fc.assert(
      fc.asyncProperty(header, length, fc.nat(16), async (json, claimed, body) => {
        const bytes = fileWith(json, new Uint8Array(body));
        if (claimed !== null) new DataView(bytes.buffer).setBigUint64(0, claimed, true);
        await writeFile(path, bytes);
        await checkOpening(path);
      }),
      { seed: 4, numRuns: 400 },
    );
  });

  it('with millions of items where two belong is refused at once', async () => {
    const items = `[${'"x",'.repeat(2_000_000)}"x"]`;
    const path = await written(fileWith(`{"a": {"dtype": "F32", "shape": ${items}, "data_offsets": ${items}}}`));
    await expect(openSafetensors(path)).rejects.toThrow(/entry for a is malformed/);
    const nested = await written(fileWith(`{"a":${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}}`));
    await expect(openSafetensors(nested)).rejects.toThrow(InputError);
  });
});
