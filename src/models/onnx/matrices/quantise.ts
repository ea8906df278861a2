/** Numbers of a matrix [rows, columns] in few bits with a scale each row or block of a row. */
export interface Quantised {
  readonly data: Uint8Array;
  readonly scales: Float32Array;
}

/** How an 8-bit number is stored: signed, or with 128 added. */
export type EightBits = 'int8' | 'uint8';

const largest8 = 127;

/**
 * Each row by its largest magnitude to -127..127, round to nearest. `columnMajor`: the result is [columns, rows], as a product
 * from the right needs it. Scales are [rows].
 */
export function quantise8(
  matrix: Float32Array,
  columns: number,
  { type, columnMajor }: { readonly type: EightBits; readonly columnMajor: boolean },
): Quantised {
  const rows = matrix.length / columns;
  const data = new Uint8Array(matrix.length);
  const scales = new Float32Array(rows);
  const zero = type === 'uint8' ? 128 : 0;
  const [rowStep, columnStep] = columnMajor ? [1, rows] : [columns, 1];
  // Some rows at a time, so that neither reading nor writing jumps through all of memory.
  const together = 32;
  const inverses = new Float64Array(together);
  for (let first = 0; first < rows; first += together) {
    const count = Math.min(together, rows - first);
    for (let i = 0; i < count; i += 1) {
      const scale = magnitude(matrix, (first + i) * columns, (first + i + 1) * columns) / largest8;
      scales[first + i] = scale;
      inverses[i] = scale === 0 ? 0 : 1 / scale;
    }
    for (let column = 0; column < columns; column += 1) {
      let from = first * columns + column;
      let to = first * rowStep + column * columnStep;
      for (let i = 0; i < count; i += 1) {
        // Positive before it is cut off, which rounds to nearest many times faster than Math.round.
        data[to] = Math.trunc((matrix[from] ?? 0) * (inverses[i] ?? 0) + 128.5) - 128 + zero;
        from += columns;
        to += rowStep;
      }
    }
  }
  return { data, scales };
}

/** Numbers of a row that share a scale. */
export const blockSize4 = 32;

/**
 * Blocks of `blockSize4` numbers of a row to 0..15, of which 8 stands for zero; the largest magnitude becomes 0 exactly, that
 * is -8 of its scale. Two numbers a byte, the first in the low half; a row's last block is filled up with zeros. Scales are
 * [rows, blocks]. The layout is that of ONNX Runtime's MatMulNBits.
 */
export function quantise4(matrix: Float32Array, columns: number): Quantised {
  const rows = matrix.length / columns;
  const blocks = Math.ceil(columns / blockSize4);
  const data = new Uint8Array((rows * blocks * blockSize4) / 2).fill(0x88);
  const scales = new Float32Array(rows * blocks);
  for (let row = 0; row < rows; row += 1) {
    for (let block = 0; block < blocks; block += 1) {
      const start = row * columns + block * blockSize4;
      const end = Math.min(start + blockSize4, (row + 1) * columns);
      const scale = extreme(matrix, start, end) / -8;
      scales[row * blocks + block] = scale;
      if (scale === 0) continue;
      let at = ((row * blocks + block) * blockSize4) / 2;
      for (let i = start; i < end; i += 2) {
        const low = toFourBits(matrix[i] ?? 0, scale);
        const high = i + 1 < end ? toFourBits(matrix[i + 1] ?? 0, scale) : 8;
        data[at] = low | (high << 4);
        at += 1;
      }
    }
  }
  return { data, scales };
}

const toFourBits = (value: number, scale: number): number => Math.min(15, Math.trunc(value / scale + 8.5));

function magnitude(values: Float32Array, from: number, to: number): number {
  let largest = 0;
  for (let i = from; i < to; i += 1) {
    const value = Math.abs(values[i] ?? 0);
    if (value > largest) largest = value;
  }
  return largest;
}

/** The number with the largest magnitude, with its sign. */
function extreme(values: Float32Array, from: number, to: number): number {
  let found = 0;
  for (let i = from; i < to; i += 1) if (Math.abs(values[i] ?? 0) > Math.abs(found)) found = values[i] ?? 0;
  return found;
}
