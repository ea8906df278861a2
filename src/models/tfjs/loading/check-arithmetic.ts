import type { TensorBackend } from '../backend.js';

const size = 64;

/** Small whole numbers, so that all results are exact on any device. */
const matrix = (shift: number): readonly number[] =>
  Array.from({ length: size * size }, (_, i) => ((Math.floor(i / size) * 31 + (i % size) * 17 + shift) % 13) - 6);

/** Multiplies two matrices and takes a gradient on a backend. Throws an `Error` where either differs from plain arithmetic. */
export function checkArithmetic({ tf }: Pick<TensorBackend, 'tf'>): void {
  const [left, right] = [matrix(1), matrix(5)];
  const rows = Array.from({ length: size }, (_, row) => row);
  const dot = (row: number, column: number): number =>
    rows.reduce((sum, k) => sum + (left[row * size + k] ?? NaN) * (right[k * size + column] ?? NaN), 0);
  const rowSum = (row: number): number => right.slice(row * size, (row + 1) * size).reduce((a, b) => a + b, 0);
  const [product, gradient] = tf.tidy(() => {
    const [a, b] = [tf.tensor2d([...left], [size, size]), tf.tensor2d([...right], [size, size])];
    const slope = tf.grad((x) => tf.sum(tf.matMul(x, b)))(a);
    return [tf.matMul(a, b).dataSync(), slope.dataSync()];
  });
  compare('a matrix product', product, (i) => dot(Math.floor(i / size), i % size));
  // d/da of sum(a b) has the row sums of b in every row.
  compare('a gradient', gradient, (i) => rowSum(i % size));
}

/** Half of what the least rounding of a number's operands would change. */
const tolerance = 0.5;

function compare(what: string, found: ArrayLike<number>, expected: (index: number) => number): void {
  for (let i = 0; i < size * size; i++) {
    const value = found[i] ?? NaN;
    if (Math.abs(value - expected(i)) < tolerance) continue;
    throw new Error(`${what} has ${String(value)} at ${String(i)}, where ${String(expected(i))} is right`);
  }
}
