import { truncate } from 'node:fs/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../../src/graph/input-error.js';
import { checkedPass, type PassOptions } from '../../../src/models/checkpoint/checked-pass.js';
import { fromBfloat16, fromFloat16 } from '../../../src/models/checkpoint/half.js';
import { bytesPer, dtypes, type Dtype } from '../../../src/models/checkpoint/safetensors-header.js';
import { openSafetensors, type SafetensorsFile } from '../../../src/models/checkpoint/safetensors-file.js';
import { fileWith, written } from './raw-file.js';

interface Stored {
  readonly dtype: Dtype;
  /** Bit patterns of the numbers. */
  readonly patterns: readonly number[];
}

const widths = { F32: Uint32Array, F16: Uint16Array, BF16: Uint16Array } as const;

/** A file of tensors t0, t1, ..., whose header is padded by some spaces. */
async function fileOf(tensors: readonly Stored[], padding = 0): Promise<SafetensorsFile> {
  const parts = tensors.map(({ dtype, patterns }) => new Uint8Array(widths[dtype].from(patterns).buffer));
  let at = 0;
  const entries = tensors.map(({ dtype, patterns }, index) => {
    const from = at;
    at += patterns.length * bytesPer[dtype];
    return [`t${index}`, { dtype, shape: [patterns.length], data_offsets: [from, at] }] as const;
  });
  const body = new Uint8Array(parts.flatMap((part) => [...part]));
  return openSafetensors(
    await written(fileWith(JSON.stringify(Object.fromEntries(entries)) + ' '.repeat(padding), body)),
  );
}

/** Bits of the widened numbers, computed one by one. */
function expectedBits({ dtype, patterns }: Stored): number[] {
  if (dtype === 'F32') return [...patterns];
  const from = dtype === 'F16' ? fromFloat16 : fromBfloat16;
  return [...new Uint32Array(Float32Array.from(patterns, from).buffer)];
}

const bitsOf = (data: Float32Array): number[] => [...new Uint32Array(data.buffer, data.byteOffset, data.length)];

const one = { F32: 0x3f800000, F16: 0x3c00, BF16: 0x3f80 } as const;
const infinity = { F32: 0x7f800000, F16: 0x7c00, BF16: 0x7f80 } as const;
const ones = (dtype: Dtype, count: number): Stored => ({ dtype, patterns: Array<number>(count).fill(one[dtype]) });

/** Tensors of finite numbers. */
const finite = fc
  .array(fc.tuple(fc.constantFrom(...dtypes), fc.array(fc.integer({ min: 0, max: 0x7fffffff }), { maxLength: 40 })), {
    minLength: 1,
    maxLength: 5,
  })
  .map((tensors) =>
    tensors.map(([dtype, words]): Stored => ({
      dtype,
      patterns: words.map((word) => {
        const pattern = dtype === 'F32' ? word : word % 0x10000;
        return (pattern & infinity[dtype]) === infinity[dtype] ? one[dtype] : pattern;
      }),
    })),
  );
const chunk = fc.integer({ min: 1, max: 12 }).map((n) => 8 * n);

describe('reading in pieces', () => {
  it('gives what the whole file holds, bit for bit, wherever chunks end', async () => {
    await fc.assert(
      fc.asyncProperty(finite, chunk, fc.nat(3), async (tensors, size, padding) => {
        const file = await fileOf(tensors, padding);
        const seen: (readonly [string, number[]])[] = [];
        await checkedPass(file, { chunk: size, onTensor: ({ name }, data) => void seen.push([name, bitsOf(data)]) });
        expect(seen).toEqual(tensors.map((tensor, index) => [`t${index}`, expectedBits(tensor)]));
        for (const [name, bits] of seen) expect(bitsOf(await file.read(name, { chunk: size }))).toEqual(bits);
        await file.close();
      }),
      { seed: 5, numRuns: 150 },
    );
  });

  it('takes every number once, whole, in order and aligned, and no chunk is longer than asked for', async () => {
    await fc.assert(
      fc.asyncProperty(finite, chunk, fc.nat(3), async (tensors, size, padding) => {
        const file = await fileOf(tensors, padding);
        const next = new Map<string, number>();
        const told: (readonly [number, number])[] = [];
        const progress = (done: number, total: number) => void told.push([done, total]);
        for await (const pieces of file.pieces(file.entries.values(), { chunk: size, progress })) {
          expect(pieces.reduce((sum, { bytes }) => sum + bytes.length, 0)).toBeLessThanOrEqual(size);
          for (const { entry, index, bytes } of pieces) {
            expect(index).toBe(next.get(entry.name) ?? 0);
            expect(bytes.byteOffset % 4).toBe(0);
            next.set(entry.name, index + bytes.length / bytesPer[entry.dtype]);
          }
        }
        const total = tensors.reduce((sum, { dtype, patterns }) => sum + patterns.length * bytesPer[dtype], 0);
        expect([...next.values()]).toEqual(tensors.map(({ patterns }) => patterns.length));
        expect(told.at(-1)).toEqual([total, total]);
        expect(told.map(([done]) => done)).toEqual([...told.map(([done]) => done)].sort((a, b) => a - b));
        await file.close();
      }),
      { seed: 6, numRuns: 100 },
    );
  });

  it('skips what was not asked for', async () => {
    const file = await fileOf([ones('F32', 5), ones('F16', 3), ones('BF16', 9), ones('F32', 2)]);
    const wanted = ['t3', 't1'].map((name) => file.entries.get(name)).filter((entry) => entry !== undefined);
    const seen: [string, number][] = [];
    const progress: number[] = [];
    const options = { chunk: 8, progress: (_: number, total: number) => void progress.push(total) };
    for await (const pieces of file.pieces(wanted, options)) {
      seen.push(...pieces.map(({ entry, bytes }): [string, number] => [entry.name, bytes.length]));
    }
    expect(seen).toEqual([
      ['t1', 6],
      ['t3', 8],
    ]);
    expect(progress).toEqual([14, 14]);
    await file.close();
  });
});

describe('a checked pass', () => {
  const failing = async (file: SafetensorsFile, options?: PassOptions): Promise<unknown> => {
    try {
      await checkedPass(file, options);
      return undefined;
    } catch (error) {
      return error;
    } finally {
      await file.close();
    }
  };

  it.each(dtypes)('finds what is not finite in %s at every place, and names the tensor', async (dtype) => {
    for (let place = 0; place < 13; place += 1) {
      const damaged = {
        dtype,
        patterns: ones(dtype, 13).patterns.map((it, i) => (i === place ? infinity[dtype] : it)),
      };
      const file = await fileOf([ones(dtype, 3), damaged, ones('F32', 1)]);
      const error = await failing(file, { chunk: 8, wanted: () => false });
      expect(error).toEqual(new InputError(`${file.where} is damaged: t1 holds numbers that are not finite.`));
    }
  });

  it('names all of them at once, the first few by name, in tensors that nobody wants as well', async () => {
    const bad = { dtype: 'F32', patterns: [infinity.F32] } as const;
    const tensors = Array.from({ length: 12 }, (_, index) => (index === 2 ? ones('F32', 1) : bad));
    const error = await failing(await fileOf(tensors), { wanted: ({ name }) => name === 't0' });
    expect(error).toBeInstanceOf(InputError);
    expect(String(error)).toMatch(/: t0 holds [^;]*; t1 holds [^;]*; t3 .*; t8 [^;]*; and 3 more\.$/);
  });

  it('gives only what is wanted, one after the other, and waits', async () => {
    const file = await fileOf([ones('F32', 4), ones('F16', 5), ones('F32', 0), ones('F32', 20)]);
    const log: string[] = [];
    await checkedPass(file, {
      chunk: 16,
      wanted: ({ name }) => name !== 't0',
      onTensor: async ({ name }, data) => {
        log.push(`${name} begins, ${data.length}`);
        await new Promise((resolve) => setTimeout(resolve, 5));
        log.push(`${name} ends`);
      },
    });
    expect(log).toEqual(['t1 begins, 5', 't1 ends', 't2 begins, 0', 't2 ends', 't3 begins, 20', 't3 ends']);
    await file.close();
  });

  it('ends where it is told to, with the reason, and the file can be closed', async () => {
    const reason = new Error('enough');
    const stopping = new AbortController();
    const told: number[] = [];
    const error = await failing(await fileOf([ones('F32', 100)]), {
      chunk: 16,
      signal: stopping.signal,
      progress: (done) => {
        told.push(done);
        if (done === 32) stopping.abort(reason);
      },
    });
    expect(error).toBe(reason);
    expect(told).toEqual([16, 32]);
    const read: number[] = [];
    const never = await failing(await fileOf([ones('F32', 100)]), {
      signal: AbortSignal.abort(reason),
      progress: (done) => void read.push(done),
    });
    expect([never, read]).toEqual([reason, []]);
  });

  it("passes a consumer's error on", async () => {
    const reason = new Error('no room');
    const onTensor = () => Promise.reject(reason);
    expect(await failing(await fileOf([ones('F32', 100)]), { chunk: 16, onTensor })).toBe(reason);
  });

  it('says when the file ends too early', async () => {
    const file = await fileOf([ones('F32', 100)]);
    await truncate(file.path, file.bytes - 6);
    const error = await failing(file, { chunk: 16 });
    expect(error).toEqual(new InputError(`${file.where} ended at byte ${file.bytes - 6} while it was being read.`));
  });
});
