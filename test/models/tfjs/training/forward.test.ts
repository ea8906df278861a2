import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Tensor } from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { readCheckpoint } from '../../support/whole-checkpoint.js';
import type { DitWeights } from '../../../../src/models/checkpoint/weights.js';
import type { Tf } from '../../../../src/models/tfjs/backend.js';
import { loadTensorBackend } from '../../../../src/models/tfjs/load.js';
import { createTrainingForward } from '../../../../src/models/tfjs/training/forward.js';
import { parameterLayout } from '../../../../src/training/parameters.js';

const tensor = z.object({ shape: z.array(z.number()), data: z.array(z.number()) });
const expectedSchema = z.object({
  tolerance: z.number(),
  cases: z.array(
    z.union([
      z.object({ mode: z.literal('train'), blockSize: z.number(), clean: tensor, noisy: tensor, logits: tensor }),
      z.object({ mode: z.literal('generate') }),
    ]),
  ),
});

const folders = ['absorb-blockcausal', 'absorb-causal', 'uniform-causal', 'uniform-noadaln'];

async function load(tf: Tf, name: string) {
  const folder = fileURLToPath(new URL(`../../../fixtures/parity/blockgen-${name}`, import.meta.url));
  const expected = expectedSchema.parse(JSON.parse(await readFile(`${folder}/expected.json`, 'utf8')));
  const { config, shape, weights } = await readCheckpoint(folder);
  const onDevice: Tensor[] = [];
  const collect = (value: unknown): void => {
    if (value instanceof Object && 'data' in value && value.data instanceof Float32Array && 'shape' in value) {
      onDevice.push(tf.tensor(value.data, [...z.array(z.number()).parse(value.shape)]));
    } else if (value instanceof Object) Object.values(value).forEach(collect);
  };
  collect(weights);
  const tensors: DitWeights<Tensor> = parameterLayout(shape).weights(onDevice);
  const forward = createTrainingForward(tf, {
    heads: config.n_heads,
    length: config.length,
    x0Causal: config.x0_causal,
  });
  const cases = expected.cases.filter((one) => one.mode === 'train');
  return { tolerance: expected.tolerance, cases, tensors, forward, shape };
}

describe('training forward', () => {
  let tf: Tf;
  beforeAll(async () => {
    ({ tf } = await loadTensorBackend('wasm'));
    tf.engine().startScope();
  });
  afterAll(() => {
    tf.engine().endScope();
  });

  const run = (
    { tensors, forward }: Awaited<ReturnType<typeof load>>,
    clean: z.infer<typeof tensor>,
    views: { noisy: z.infer<typeof tensor>; blockSize: number }[],
  ): number[][] =>
    tf.tidy(() => {
      const matrix = ({ shape: [rows = 0, length = 0], data }: z.infer<typeof tensor>) =>
        tf.tensor2d(data, [rows, length], 'int32');
      const logits = forward.logits(
        tensors,
        matrix(clean),
        views.map(({ noisy, blockSize }) => ({ tokens: matrix(noisy), blockSize })),
      );
      return logits.map((one) => [...one.dataSync()]);
    });
  const distance = (a: readonly number[] = [], b: readonly number[] = []): number => {
    expect(a.length).toBe(b.length);
    return Math.max(...a.map((value, i) => Math.abs(value - (b[i] ?? NaN))));
  };

  it.each(folders)('gives the reference logits for %s', async (name) => {
    const model = await load(tf, name);
    expect(model.cases.length).toBeGreaterThan(2);
    for (const { clean, noisy, blockSize, logits } of model.cases) {
      const [got] = run(model, clean, [{ noisy, blockSize }]);
      expect(distance(got, logits.data)).toBeLessThan(model.tolerance);
    }
  });

  it('gives several views of the same rows what each gets alone', async () => {
    const model = await load(tf, 'absorb-causal');
    const [first] = model.cases;
    if (first === undefined) throw new Error('no case');
    const views = model.cases.map(({ noisy, blockSize }) => ({ noisy, blockSize }));
    const together = run(model, first.clean, views);
    for (const [i, view] of views.entries()) {
      const [alone] = run(model, first.clean, [view]);
      expect(distance(together[i], alone)).toBeLessThan(1e-5);
    }
  });

  it('refuses views of several block sizes where clean tokens depend on the block size', async () => {
    const model = await load(tf, 'absorb-blockcausal');
    const [first, second] = model.cases;
    if (first === undefined || second === undefined) throw new Error('no cases');
    expect(() => run(model, first.clean, [first, second])).toThrow(/token-causal/);
  });

  it('frees masks and tables', async () => {
    const model = await load(tf, 'uniform-noadaln');
    const [first] = model.cases;
    if (first === undefined) throw new Error('no case');
    const before = tf.memory().numTensors;
    run(model, first.clean, [first]);
    expect(tf.memory().numTensors).toBeGreaterThan(before);
    model.forward.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});
