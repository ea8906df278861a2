import fc from 'fast-check';
import { expect, it } from 'vitest';
import { blobSource } from '../../../src/models/checkpoint/blob-source.js';
import { encodeSafetensors } from '../../../src/models/checkpoint/safetensors.js';
import { safetensorsOf } from '../../../src/models/checkpoint/safetensors-reader.js';
import type { ByteSource } from '../../../src/models/checkpoint/source.js';

const float = fc.float({ noNaN: true, noDefaultInfinity: true });
const tensors = fc
  .array(fc.array(float, { maxLength: 40 }), { minLength: 1, maxLength: 5 })
  .map((arrays) => new Map(arrays.map((data, i) => [`t${String(i)}`, Float32Array.from(data)] as const)));

const encoded = (data: ReadonlyMap<string, Float32Array>) =>
  encodeSafetensors(new Map([...data].map(([name, each]) => [name, { shape: [each.length], data: each }] as const)));

async function allOf(source: ByteSource, chunk: number) {
  const file = await safetensorsOf(source);
  const read = new Map<string, Float32Array>();
  for (const name of file.entries.keys()) read.set(name, await file.read(name, { chunk }));
  await file.close();
  return read;
}

it('a blob gives what was written, in chunks of any size', async () => {
  await fc.assert(
    fc.asyncProperty(tensors, fc.integer({ min: 1, max: 8 }), async (data, eights) => {
      const blob = new Blob([Uint8Array.from(encoded(data))]);
      expect(await allOf(blobSource(blob, 'blob'), 8 * eights)).toEqual(data);
    }),
    { numRuns: 50 },
  );
});

it('a blob says how many bytes it had left', async () => {
  const source = blobSource(new Blob([Uint8Array.of(1, 2, 3)]), 'blob');
  const target = new Uint8Array(4);
  expect([await source.read(target, 1), ...target]).toEqual([2, 2, 3, 0, 0]);
  expect(await source.read(target, 3)).toBe(0);
});

it('a source that gives fewer bytes than asked is asked again', async () => {
  await fc.assert(
    fc.asyncProperty(tensors, fc.integer({ min: 1, max: 5 }), async (data, most) => {
      const bytes = encoded(data);
      const header = 8 + Number(new DataView(bytes.buffer).getBigUint64(0, true));
      const miser: ByteSource = {
        where: 'miser',
        bytes: bytes.length,
        read: (target, offset) => {
          const length = Math.min(target.length, offset < header ? Infinity : most, bytes.length - offset);
          target.set(bytes.subarray(offset, offset + length));
          return Promise.resolve(length);
        },
        close: () => Promise.resolve(),
      };
      expect(await allOf(miser, 16)).toEqual(data);
    }),
    { numRuns: 50 },
  );
});

it('a source that ends early is named, and a bad one is closed', async () => {
  const bytes = encoded(new Map([['t', Float32Array.of(1, 2, 3, 4)]]));
  let closed = 0;
  const source = (end: number): ByteSource => ({
    where: 'the model',
    bytes: bytes.length,
    read: (target, offset) => {
      const part = bytes.subarray(offset, Math.min(end, offset + target.length));
      target.set(part);
      return Promise.resolve(part.length);
    },
    close: () => {
      closed += 1;
      return Promise.resolve();
    },
  });
  const file = await safetensorsOf(source(bytes.length - 4));
  await expect(file.read('t')).rejects.toThrow(
    `the model ended at byte ${String(bytes.length - 4)} while it was being read.`,
  );
  expect(closed).toBe(0);
  await expect(safetensorsOf(source(4))).rejects.toThrow(/^the model is not a safetensors file/);
  expect(closed).toBe(1);
});
