import type { Tensor } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Shape } from '../../../../src/graph/values.js';
import { cleanPrediction } from '../../../../src/models/questions/distribution.js';
import { reshape } from '../../../../src/models/questions/reshape.js';
import { inverseCdf, mostProbable } from '../../../../src/models/questions/sampling.js';
import { uncertainty } from '../../../../src/models/questions/uncertainty.js';
import type { TensorBackend } from '../../../../src/models/tfjs/backend.js';
import { Device } from '../../../../src/models/tfjs/device/device.js';
import { layoutOf } from '../../../../src/models/tfjs/device/layout.js';
import { segmentsAt, valuesAt, valuesOf } from '../../../../src/models/tfjs/device/search.js';
import { loadTensorBackend } from '../../../../src/models/tfjs/load.js';
import { testedTensors } from '../../../support/tensors.js';
import { webgpuIsThere } from '../../../support/webgpu.js';
import { onePass } from './support.js';

let backend: TensorBackend;
beforeAll(async () => {
  backend = await loadTensorBackend(testedTensors);
});

const maskId = 5;
/** The last segment has room for tokens that do not exist. */
const [vocabularySize, width] = [70, 32];
const logits = Float32Array.from({ length: vocabularySize }, (_, token) => 4 * Math.sin(7 * token));

const heat = (value: number): Shape => ({ shape: 'temperature', value });

it.each<[number, Shape[]]>([
  // Single precision takes these for 0, or for infinite.
  [1e-46, []],
  [1e39, []],
  [1, [heat(1e-320)]],
  [1, [heat(1e300)]],
  // Single precision knows these, but they come up to what keeps the mask away.
  [1e29, []],
  [1, [{ shape: 'top-k', count: 2 }, heat(1e30)]],
  [1e20, [heat(1e20)]],
])('a temperature of %s, reshaped by %j', async (temperature, shapes) => {
  const raw = { logits, vocabularySize, temperature, maskId, revealed: [null] };
  const on = await onePass(backend, [{ raw, noisy: [maskId] }], width);
  const made = [...on.predictions];
  for (const shape of shapes) made.push(...made.slice(-1).map((last) => last.shaped(shape)));
  const expected = shapes.reduce((from, shape) => reshape(from, shape), cleanPrediction(raw));
  const uniform = 1 - 2 ** -53;
  for (const prediction of made.slice(-1)) {
    const [drawn, best, entropies] = await on.answers([
      { ask: 'sample', prediction, uniforms: [uniform] },
      { ask: 'argmax', prediction },
      { ask: 'uncertainty', prediction, measure: 'entropy' },
    ]);
    const [highest = NaN] = mostProbable(expected).probabilities;
    expect(drawn).toMatchObject({ tokens: [inverseCdf(expected.probabilities, uniform)] });
    expect(best).toMatchObject({ probabilities: [expect.closeTo(highest, 5)] });
    expect(entropies).toEqual([expect.closeTo(uncertainty(expected, 'entropy')[0] ?? NaN, 4)]);
  }
  for (const prediction of made) prediction.release();
  on.denoiser.dispose();
});

describe.each([
  { on: testedTensors, there: true },
  // Its operations compute with indices in single precision.
  { on: 'webgpu', there: webgpuIsThere },
] as const)('behind more numbers than single precision can count, on $on', ({ on, there }) => {
  const [rows, size, row, index] = [66_000, 256, 65_999, 101];

  it.skipIf(!there).each<[string, (device: Device, values: Tensor) => Tensor]>([
    ['an index', (device, values) => valuesAt(device, values, device.tf.fill([rows, 1], index))],
    ['a token', (device, values) => valuesOf(device, values, new Array<number>(rows).fill(index))],
    ['a segment', (device, values) => segmentsAt(device, values, device.tf.fill([rows, 1], index))],
  ])('finds %s', async (_, find) => {
    const device = new Device(await loadTensorBackend(on), layoutOf(size, 1), null);
    const { tf } = device;
    const values = new Float32Array(rows * size);
    values[row * size + index] = 7;
    const found = tf.tidy(() => find(device, tf.tensor2d(values, [rows, size])));
    expect((await device.read(found)).at(-1)).toBe(7);
    device.dispose();
  });
});
