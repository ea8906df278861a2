// Run as `node check.cjs FOLDER`: loads the tensor library built in that folder, multiplies two matrices, takes a
// gradient, compares both with plain arithmetic, and prints one line of JSON.
const { createRequire } = require('node:module');
const { join } = require('node:path');
const util = require('node:util');

// Gone since Node 23 and warned of in Node 22, still called by the package.
util.isNullOrUndefined = (value) => value === null || value === undefined;
util.isArray = Array.isArray;

const SIZE = 64;
const entry = (row, column, shift) => ((row * 31 + column * 17 + shift) % 13) - 6;
const matrix = (shift) => Array.from({ length: SIZE * SIZE }, (_, i) => entry(Math.floor(i / SIZE), i % SIZE, shift));

function largestDifference(product, left, right) {
  let largest = 0;
  for (let row = 0; row < SIZE; row++) {
    for (let column = 0; column < SIZE; column++) {
      let sum = 0;
      for (let k = 0; k < SIZE; k++) sum += left[row * SIZE + k] * right[k * SIZE + column];
      largest = Math.max(largest, Math.abs(sum - product[row * SIZE + column]));
    }
  }
  return largest;
}

const load = createRequire(join(process.argv[2], 'package.json'));
const tf = load('@tensorflow/tfjs-node-gpu');
const [left, right] = [matrix(1), matrix(5)];
const a = tf.tensor2d(left, [SIZE, SIZE]);
const b = tf.tensor2d(right, [SIZE, SIZE]);
const difference = largestDifference(tf.matMul(a, b).dataSync(), left, right);
// d/da of sum(a b) has the row sums of b in every row.
const gradient = tf
  .grad((x) => tf.sum(tf.matMul(x, b)))(a)
  .dataSync();
const rowSum = right.slice(0, SIZE).reduce((sum, value) => sum + value, 0);
if (difference > 1e-3) throw new Error(`a matrix product is off by ${difference}`);
if (Math.abs(gradient[0] - rowSum) > 1e-3) throw new Error(`a gradient is ${gradient[0]} instead of ${rowSum}`);
const backend = tf.backend();
process.stdout.write(
  `${JSON.stringify({ backend: tf.getBackend(), library: backend.binding.TF_Version, gpu: backend.isUsingGpuDevice })}\n`,
);
