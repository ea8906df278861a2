import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blockSize4, quantise4, quantise8 } from '../../../../src/models/onnx/matrices/quantise.js';

const matrices = fc
  .record({ rows: fc.integer({ min: 1, max: 70 }), columns: fc.integer({ min: 1, max: 70 }) })
  .chain(({ rows, columns }) =>
    fc.record({
      rows: fc.constant(rows),
      columns: fc.constant(columns),
      matrix: fc
        .array(fc.float({ min: -50, max: 50, noNaN: true }), { minLength: rows * columns, maxLength: rows * columns })
        .map((values) => Float32Array.from(values, (value) => (Math.abs(value) < 1e-20 ? 0 : value))),
    }),
  );

describe('8 bits', () => {
  it('miss a number by no more than half a step, and the largest of a row by nothing to speak of', () => {
    fc.assert(
      fc.property(matrices, fc.constantFrom('int8', 'uint8'), ({ rows, columns, matrix }, type) => {
        const { data, scales } = quantise8(matrix, columns, { type, columnMajor: false });
        const signed = type === 'int8' ? new Int8Array(data.buffer) : Int8Array.from(data, (byte) => byte - 128);
        for (let row = 0; row < rows; row += 1) {
          const scale = scales[row] ?? NaN;
          const own = matrix.subarray(row * columns, (row + 1) * columns);
          const largest = Math.max(...own.map(Math.abs));
          expect(scale * 127).toBeCloseTo(largest, 4);
          own.forEach((value, column) => {
            const step = signed[row * columns + column] ?? NaN;
            expect(Math.abs(step)).toBeLessThanOrEqual(127);
            expect(Math.abs(step * scale - value)).toBeLessThanOrEqual(0.5001 * scale + 1e-30);
          });
        }
      }),
      { numRuns: 60 },
    );
  });

  it('lie the other way round for a product from the right', () => {
    fc.assert(
      fc.property(matrices, ({ rows, columns, matrix }) => {
        const straight = quantise8(matrix, columns, { type: 'int8', columnMajor: false });
        const turned = quantise8(matrix, columns, { type: 'int8', columnMajor: true });
        expect(turned.scales).toEqual(straight.scales);
        for (let row = 0; row < rows; row += 1) {
          for (let column = 0; column < columns; column += 1) {
            expect(turned.data[column * rows + row]).toBe(straight.data[row * columns + column]);
          }
        }
      }),
      { numRuns: 30 },
    );
  });
});

describe('4 bits', () => {
  it('miss a number by no more than half a step, but at the far end, where it is one', () => {
    fc.assert(
      fc.property(matrices, ({ rows, columns, matrix }) => {
        const blocks = Math.ceil(columns / blockSize4);
        const { data, scales } = quantise4(matrix, columns);
        expect(data).toHaveLength((rows * blocks * blockSize4) / 2);
        for (let row = 0; row < rows; row += 1) {
          for (let column = 0; column < blocks * blockSize4; column += 1) {
            const place = row * blocks * blockSize4 + column;
            const byte = data[place >>> 1] ?? NaN;
            const step = (place % 2 === 0 ? byte & 15 : byte >>> 4) - 8;
            const scale = scales[Math.floor(place / blockSize4)] ?? NaN;
            if (column >= columns) {
              expect(step).toBe(0);
              continue;
            }
            const value = matrix[row * columns + column] ?? NaN;
            const allowed = step === 7 ? 1 : 0.5;
            expect(Math.abs(step * scale - value)).toBeLessThanOrEqual(allowed * Math.abs(scale) * 1.0001 + 1e-30);
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  it('keep the largest of a block exactly', () => {
    const block = Float32Array.from({ length: 32 }, (_, i) => (i === 9 ? -3.7 : Math.sin(i)));
    const { data, scales } = quantise4(block, 32);
    expect((data[4] ?? 0) >>> 4).toBe(0);
    expect(-8 * (scales[0] ?? NaN)).toBeCloseTo(-3.7, 6);
  });
});
