import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TensorEntry } from '../../../../src/models/checkpoint/safetensors-header.js';
import { GraphBuilder } from '../../../../src/models/onnx/graph/builder.js';
import { exactEightBits } from '../../../../src/models/onnx/matrices/exact-products.js';
import { int4Matrices } from '../../../../src/models/onnx/matrices/int4.js';
import { int8Matrices } from '../../../../src/models/onnx/matrices/int8.js';
import type { Matrices } from '../../../../src/models/onnx/matrices/matrices.js';
import { storedMatrices } from '../../../../src/models/onnx/matrices/stored.js';
import { createTemporaryFile } from '../../../../src/models/onnx/matrices/temporary-file.js';
import { openSession } from '../../../../src/models/onnx/network/provider.js';
import { loadOnnxRuntime } from '../../../../src/models/onnx/runtime.js';

const runtime = await loadOnnxRuntime();
const [out, into] = [80, 64];
const matrix = Float32Array.from({ length: out * into }, (_, i) => Math.sin(i * i + 0.3 * i) * (1 + (i % 7)));
const bias = Float32Array.from({ length: 24 }, (_, i) => i - 12);
const weight: TensorEntry = { name: 'w', dtype: 'F32', shape: [out, into], offset: 40, length: 4 * out * into };
/** The rows 50 to 73 are multiplied by, and single rows looked up. */
const part = { weight, from: 50, out: 24, into, bias };
const rows = [0, 1, 2, 3, 4].map((row) =>
  Float32Array.from({ length: into }, (_, i) => Math.cos(row * 100 + i) * 10 ** (row - 2)),
);

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'samplewire-linear-'));
  await writeFile(join(folder, 'w.bin'), Buffer.concat([Buffer.alloc(40), new Uint8Array(matrix.buffer)]));
});
afterAll(() => rm(folder, { recursive: true }));

/** x W^T + b and looked-up rows by a session over these matrices. */
async function through(
  matrices: Matrices,
  x: readonly Float32Array[],
  indices: readonly number[],
): Promise<{ readonly y: Float32Array[]; readonly found: Float32Array[] }> {
  const g = new GraphBuilder();
  g.output('y', matrices.linear(g, g.input('x', 'float32', ['n', into]), part), 'float32', ['n', part.out]);
  g.output('found', matrices.lookUp(g, weight, g.input('indices', 'int32', ['k'])), 'float32', ['k', into]);
  if (matrices.wants(weight)) await matrices.take(weight, matrix);
  const session = await openSession(runtime, g.encode(), { provider: 'cpu', threads: 2, folder: matrices.folder });
  await matrices.close();
  const flat = Float32Array.from(x.flatMap((row) => [...row]));
  const { y, found } = await session.run({
    x: new runtime.Tensor('float32', flat, [x.length, into]),
    indices: new runtime.Tensor('int32', [...indices], [indices.length]),
  });
  const rowsOf = (data: unknown, width: number): Float32Array[] => {
    if (!(data instanceof Float32Array)) throw new Error('expected 32-bit floats');
    return Array.from({ length: data.length / width }, (_, row) => data.slice(row * width, (row + 1) * width));
  };
  const result = { y: rowsOf(y?.data, part.out), found: rowsOf(found?.data, into) };
  await session.release();
  return result;
}

const exact = (x: Float32Array, multiply: (o: number, i: number) => number): number[] =>
  Array.from({ length: part.out }, (_, o) => x.reduce((sum, value, i) => sum + value * multiply(o, i), bias[o] ?? 0));
const stored = (o: number, i: number): number => matrix[(part.from + o) * into + i] ?? NaN;
const size = (values: readonly number[]): number => Math.sqrt(values.reduce((sum, v) => sum + v * v, 0));

const ways = {
  'fp32, in place': { make: () => Promise.resolve(storedMatrices(join(folder, 'w.bin'))), error: 1e-6 },
  'int8, signed': { make: async () => int8Matrices(await createTemporaryFile(), 'int8'), error: 0.01 },
  'int8, unsigned': { make: async () => int8Matrices(await createTemporaryFile(), 'uint8'), error: 0.01 },
  int4: { make: async () => int4Matrices(await createTemporaryFile()), error: 0.12 },
};

describe.each(Object.entries(ways))('matrices in %s', (name, { make, error }) => {
  it('multiply and give rows, within what their bits allow', async ({ skip }) => {
    skip(name === 'int8, signed' && (await exactEightBits(runtime)) === 'uint8', 'signed products saturate here');
    const { y, found } = await through(await make(), rows, [79, 0]);
    rows.forEach((x, row) => {
      const right = exact(x, stored);
      const wrong = right.map((value, o) => value - (y[row]?.[o] ?? NaN));
      expect(size(wrong)).toBeLessThan(error * size(right));
    });
    [79, 0].forEach((index, place) => {
      const right = [...matrix.subarray(index * into, (index + 1) * into)];
      expect(size(right.map((value, i) => value - (found[place]?.[i] ?? NaN)))).toBeLessThan(0.01 * size(right));
    });
  });

  it('give a row the same alone as among others, bit for bit', async () => {
    const together = await through(await make(), rows, [0]);
    for (const [index, row] of rows.entries()) {
      expect((await through(await make(), [row], [0])).y[0]).toEqual(together.y[index]);
    }
  });
});

describe('int8', () => {
  it('is a product of integers: activations and weights rounded to 127 steps, nothing lost between', async () => {
    const type = await exactEightBits(runtime);
    const { y } = await through(int8Matrices(await createTemporaryFile(), type), rows, [0]);
    const round = (value: number, scale: number): number => Math.round(value / scale);
    rows.forEach((x, row) => {
      const scale = Math.fround(Math.max(...x.map(Math.abs)) * Math.fround(1 / 127));
      for (let o = 0; o < part.out; o += 1) {
        const weights = matrix.subarray((part.from + o) * into, (part.from + o + 1) * into);
        const step = Math.fround(Math.max(...weights.map(Math.abs)) / 127);
        const sum = x.reduce((total, value, i) => total + round(value, scale) * round(weights[i] ?? NaN, step), 0);
        const right = sum * scale * step + (bias[o] ?? NaN);
        expect(y[row]?.[o]).toBeCloseTo(right, 3 - Math.ceil(Math.log10(Math.abs(right) + 1)));
      }
    });
  });

  it('gives zeros for a row of zeros', async () => {
    const { y } = await through(int8Matrices(await createTemporaryFile(), 'int8'), [new Float32Array(into)], [0]);
    expect(y[0]).toEqual(bias);
  });
});

describe('the temporary file', () => {
  it('is gone when the session is open', async () => {
    const file = await createTemporaryFile();
    expect(await readdir(file.folder)).toHaveLength(1);
    await through(int8Matrices(file, 'int8'), rows, [0]);
    await expect(readdir(file.folder)).rejects.toThrow('ENOENT');
  });

  it('says where there has to be room for it', async () => {
    const before = process.env['TMPDIR'];
    process.env['TMPDIR'] = join(folder, 'not-there');
    try {
      await expect(createTemporaryFile()).rejects.toThrow(/temporary files, in .*not-there.*TMPDIR/u);
    } finally {
      if (before === undefined) delete process.env['TMPDIR'];
      else process.env['TMPDIR'] = before;
    }
  });
});
