import { beforeAll, describe, expect, it } from 'vitest';
import type { Tf } from '../../src/models/tfjs/backend.js';
import { loadTensorBackend } from '../../src/models/tfjs/load.js';
import { createTrainingForward } from '../../src/models/tfjs/training/forward.js';
import { cut, initialParameters, parameterLayout } from '../../src/training/parameters.js';
import { randomStream } from '../../src/training/random.js';
import { validate } from '../../src/training/validation.js';

describe('validation', () => {
  let tf: Tf;
  beforeAll(async () => {
    ({ tf } = await loadTensorBackend('cpu'));
  });

  const length = 8;
  const characters = 5;
  const task = (signal: AbortSignal) => {
    const layout = parameterLayout({ vocabularySize: characters + 1, hidden: 8, layers: 1, condition: null });
    const vector = initialParameters(layout, 1, randomStream(1, 'weights', 0));
    // A head without weights predicts its bias, whatever it reads; the mask's is large and must not count.
    for (const { name, offset, size } of layout.slots) {
      if (name === 'output_layer.linear.weight') vector.fill(0, offset, offset + size);
      if (name === 'output_layer.linear.bias') vector.set([1, 0, 0, 0, 0, 9], offset);
    }
    const weights = layout.weights(cut(layout, tf.tensor1d(vector)));
    const forward = createTrainingForward(tf, { heads: 2, length, x0Causal: true });
    const noise = { process: 'absorbing' as const, characters };
    const rows = Int32Array.from({ length: 5 * length }, (_, i) => (i % 4 === 0 ? 0 : 3));
    return { forward, weights, noise, rows, length, batch: 2, blockSizes: [1, 4, 8], seed: 1, signal };
  };

  it('is the mean over all rows, a last short batch included', async () => {
    const stop = new AbortController();
    const nats = await validate(tf, task(stop.signal));
    // 1 in 4 characters has bias 1, the others 0; every block has the same share of them. At block sizes above 1
    // the masked ones are a sample, so the mean is exact only where all weigh alike.
    const total = Math.log(Math.E + 4);
    expect(nats?.get(1)).toBeCloseTo(total - 0.25, 5);
    for (const blockSize of [4, 8]) expect(Math.abs((nats?.get(blockSize) ?? NaN) - (total - 0.25))).toBeLessThan(0.25);
    expect(await validate(tf, task(stop.signal))).toEqual(nats);
  });

  it('gives nothing when aborted', async () => {
    const stop = new AbortController();
    stop.abort();
    expect(await validate(tf, task(stop.signal))).toBeUndefined();
  });
});
