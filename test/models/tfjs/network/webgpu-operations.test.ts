import type { Tensor } from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { seededRandom } from '../../../../scripts/seeded-random.js';
import type { TensorBackend } from '../../../../src/models/tfjs/backend.js';
import {
  libraryOperations,
  type HeadShape,
  type LayerOperations,
  type LayerSizes,
} from '../../../../src/models/tfjs/network/layer-operations.js';
import { loadTensorBackend } from '../../../../src/models/tfjs/load.js';
import { createRotary } from '../../../../src/models/tfjs/network/rotary.js';
import { webgpuOperations } from '../../../../src/models/tfjs/network/webgpu-operations.js';
import { describeOnWebgpu } from '../../../support/webgpu.js';

const same = (tensor: Tensor): Tensor => tensor;

it('other backends have no WebGPU programs', async () => {
  const { tf } = await loadTensorBackend('cpu');
  expect(webgpuOperations(tf, { heads: 2, hidden: 8 })).toBeNull();
});

describeOnWebgpu('WebGPU programs do what the library does in several', () => {
  let backend: TensorBackend;
  beforeAll(async () => {
    backend = await loadTensorBackend('webgpu');
  });

  /** Both ways, which have to give tensors of the same shapes and numbers. */
  async function compare(sizes: LayerSizes, use: (operations: LayerOperations) => Tensor[]): Promise<void> {
    const { tf } = backend;
    const ours = webgpuOperations(tf, sizes);
    if (ours === null) throw new Error('no programs for WebGPU');
    const [found, expected] = [use(ours), use(libraryOperations(tf, sizes, same))];
    for (const [index, tensor] of expected.entries()) {
      expect(found[index]?.shape).toEqual(tensor.shape);
      const [values, others] = [await found[index]?.data(), await tensor.data()];
      others.forEach((value, at) => expect(values?.[at]).toBeCloseTo(value, 4));
    }
  }

  const random = seededRandom(4);
  const numbers = (rows: number, columns: number): Tensor =>
    backend.tf.tensor2d(
      Float32Array.from({ length: rows * columns }, () => 8 * random() - 4),
      [rows, columns],
    );

  it.each([
    [1, 6],
    [3, 64],
    [70, 130],
  ])('normalise and activate [%i, %i]', async (rows, hidden) => {
    const x = numbers(rows, hidden);
    await compare({ heads: 1, hidden }, ({ normalise, gelu }) => [normalise(x), gelu(x)]);
  });

  it.each<[HeadShape, LayerSizes]>([
    [
      { rows: 1, queries: 1, outputs: 1 },
      { heads: 1, hidden: 4 },
    ],
    [
      { rows: 3, queries: 5, outputs: 2 },
      { heads: 2, hidden: 12 },
    ],
    [
      { rows: 2, queries: 9, outputs: 9 },
      { heads: 5, hidden: 80 },
    ],
  ])('take heads apart, %o of %o', async (shape, sizes) => {
    const { tf } = backend;
    const tokens = shape.rows * shape.queries;
    const packed = numbers(tokens, 3 * sizes.hidden);
    const rotary = createRotary(tf, { width: sizes.hidden / sizes.heads, own: same, resident: true });
    const rotation = rotary(Int32Array.from({ length: tokens }, (_, token) => (7 * token) % 40));
    await compare(sizes, ({ heads }) => {
      const { q, fresh } = heads(packed, shape, rotation);
      return [q, fresh.keys, fresh.values];
    });
  });

  it('activate what is far from 0', async () => {
    const x = backend.tf.tensor2d([[-1e4, -300, -40, 40, 300, 1e4]]);
    await compare({ heads: 1, hidden: 6 }, ({ gelu }) => [gelu(x)]);
  });
});
