import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import type { Tf } from '../../src/models/tfjs/backend.js';
import { loadTensorBackend } from '../../src/models/tfjs/load.js';
import { corrupt } from '../../src/training/corruption.js';
import { positionLoss, uniformElbo } from '../../src/training/loss.js';
import { randomStream } from '../../src/training/random.js';

const tensor = z.object({ shape: z.array(z.number()), data: z.array(z.number()) });
const half = z.object({ xt: tensor, x0: tensor, nll: tensor });
const { elbo } = z
  .object({
    elbo: z.object({
      logits: tensor,
      vocabSize: z.number(),
      maskIndex: z.number(),
      cases: z.array(
        z.object({ t: z.number(), alpha: z.number(), dAlpha: z.number(), uniform: half, absorbing: half }),
      ),
    }),
  })
  .parse(JSON.parse(readFileSync(new URL('../fixtures/parity/functions.json', import.meta.url), 'utf8')));

const positions = elbo.logits.data.length / elbo.vocabSize;

const expectClose = (got: ArrayLike<number>, want: readonly number[]): void => {
  expect(got.length).toBe(want.length);
  for (const [i, value] of want.entries())
    expect(Math.abs((got[i] ?? NaN) - value)).toBeLessThan(1e-5 * (1 + Math.abs(value)));
};

describe('losses', () => {
  let tf: Tf;
  beforeAll(async () => {
    ({ tf } = await loadTensorBackend('wasm'));
  });

  const uniform = (
    logits: readonly number[],
    size: number,
    xt: Int32Array,
    x0: Int32Array,
    alpha: number,
    slope: number,
  ) =>
    tf.tidy(() => {
      const levels = { alpha: new Float64Array(x0.length).fill(alpha), slope };
      const target = tf.oneHot(tf.tensor1d(x0, 'int32'), size).toFloat();
      return uniformElbo(tf, tf.tensor2d([...logits], [x0.length, size]), target, xt, x0, levels).dataSync();
    });

  it.each(elbo.cases)('uniform ELBO at t = $t is the reference one', ({ uniform: { xt, x0, nll }, alpha, dAlpha }) => {
    const got = uniform(
      elbo.logits.data,
      elbo.vocabSize,
      Int32Array.from(xt.data),
      Int32Array.from(x0.data),
      alpha,
      dAlpha,
    );
    expectClose(got, nll.data);
  });

  it('the uniform ELBO asks WebGPU for no more rows of a softmax at once than it has workgroups', () => {
    const rows = 70_000;
    const watched: Tf = { ...tf, getBackend: () => 'webgpu' };
    const softmax = vi.spyOn(watched, 'softmax');
    const [found, expected] = [watched, tf].map((each) =>
      tf.tidy(() => {
        const [tokens, levels] = [new Int32Array(rows), { alpha: new Float64Array(rows).fill(0.5), slope: -1 }];
        const logits = tf.reshape(tf.sin(tf.range(0, 2 * rows)), [rows, 2]);
        return uniformElbo(each, logits, tf.ones([rows, 2]), tokens, tokens, levels).dataSync();
      }),
    );
    expect(found).toEqual(expected);
    const asked = softmax.mock.calls.map(([logits]) => (logits instanceof tf.Tensor ? logits.shape[0] : undefined));
    expect(asked).toEqual([65_535, rows - 65_535]);
  });

  it.each(elbo.cases)('masked cross-entropy at t = $t with the ELBO weight is the reference one', (one) => {
    const { xt, x0, nll } = one.absorbing;
    const weight = -one.dAlpha / (1 - one.alpha);
    const weights = Float32Array.from(xt.data, (token) => (token === elbo.maskIndex ? weight : 0));
    const got = tf.tidy(() =>
      positionLoss(
        tf,
        tf.tensor2d(elbo.logits.data, [positions, elbo.vocabSize]),
        Int32Array.from(x0.data),
        { loss: 'cross-entropy', blockSize: 6, tokens: Int32Array.from(xt.data), weights },
        elbo.maskIndex,
      ).dataSync(),
    );
    expectClose(got, nll.data);
  });

  it('the uniform ELBO has the gradient of its formula, also at the earliest time', () => {
    const [size, alpha, slope] = [5, 1 - 1e-3, -0.999];
    const logits = [0.3, -1.2, 2.1, 0.4, -0.5];
    const [xt, x0] = [3, 2];
    // The formula as published, term by term, in double precision.
    const exact = (values: readonly number[]): number => {
      const peak = Math.max(...values);
      const total = values.reduce((sum, value) => sum + Math.exp(value - peak), 0);
      const b = values.map((value) => (size * alpha * Math.exp(value - peak)) / total + 1 - alpha);
      const a = values.map((_, j) => (j === x0 ? size * alpha : 0) + 1 - alpha);
      const [ai = NaN, bi = NaN] = [a[xt], b[xt]];
      const sum = a.reduce((all, aj, j) => all + (aj / ai) * Math.log((bi * aj) / ((b[j] ?? NaN) * ai)), 0);
      return (slope / (size * alpha)) * (size / ai - size / bi - sum);
    };
    const gradient = tf.tidy(() =>
      tf
        .grad((x) => {
          const levels = { alpha: Float64Array.of(alpha), slope };
          const target = tf.oneHot(tf.tensor1d([x0], 'int32'), size).toFloat();
          return uniformElbo(tf, x.reshape([1, size]), target, Int32Array.of(xt), Int32Array.of(x0), levels).sum();
        })(tf.tensor1d(logits))
        .dataSync(),
    );
    expect(exact(logits)).toBeCloseTo(
      uniform(logits, size, Int32Array.of(xt), Int32Array.of(x0), alpha, slope)[0] ?? NaN,
      1,
    );
    for (const j of logits.keys()) {
      const moved = (by: number) => exact(logits.map((value, i) => (i === j ? value + by : value)));
      const slopeAt = (moved(1e-5) - moved(-1e-5)) / 2e-5;
      expect(Math.abs((gradient[j] ?? NaN) - slopeAt)).toBeLessThan(1e-3 * (1 + Math.abs(slopeAt)));
    }
  });

  it('stays finite for sure and wrong predictions', () => {
    const logits = [80, -80, 0, -80, 80, 0];
    for (const alpha of [1e-3, 0.5, 1 - 1e-3]) {
      const got = uniform(logits, 3, Int32Array.of(1, 1), Int32Array.of(0, 0), alpha, -0.999);
      expect([...got].every((value) => Number.isFinite(value) && value >= -1e-3)).toBe(true);
    }
  });

  // Independent characters of known frequencies: their bound is tight for the best prediction, so the sampled
  // loss has to average to their entropy.
  const chances = [0.6, 0.3, 0.1];
  const independent = (count: number, seed: number) => {
    const random = randomStream(seed, 'rows', 0);
    return Int32Array.from({ length: count }, () => {
      const u = random.uniform();
      return u < 0.6 ? 0 : u < 0.9 ? 1 : 2;
    });
  };
  const likelihood = (clean: Int32Array): number =>
    clean.reduce((sum, token) => sum - Math.log(chances[token] ?? NaN), 0) / clean.length;

  it.each([1, 2, 4, 8])('sampled masked loss at block size %i averages to the likelihood', (blockSize) => {
    const clean = independent(8192, 5);
    const corruption = corrupt({ process: 'absorbing', characters: 3 }, clean, blockSize, randomStream(5, 'noise', 0));
    const mean = tf.tidy(() => {
      const row = tf.tensor2d([...chances.map(Math.log), 50], [1, 4]);
      return (
        positionLoss(tf, row.tile([clean.length, 1]), clean, corruption, 3)
          .mean()
          .dataSync()[0] ?? NaN
      );
    });
    expect(Math.abs(mean - likelihood(clean))).toBeLessThan(0.05);
  });

  it.each([2, 8])('sampled uniform loss at block size %i averages to the likelihood', (blockSize) => {
    const clean = independent(65_536, 6);
    const corruption = corrupt({ process: 'uniform', characters: 3 }, clean, blockSize, randomStream(6, 'noise', 0));
    // The best p here is the chance of x0 without regard to xt: the bound puts it where q(xs | xt, x0) has x0, and
    // the reverse step from the marginal at s has the marginal of x0 there.
    const losses = tf.tidy(() => {
      const row = tf.tensor2d([...chances.map(Math.log)], [1, 3]);
      return Float32Array.from(positionLoss(tf, row.tile([clean.length, 1]), clean, corruption, 3).dataSync());
    });
    const blocks = Array.from({ length: clean.length / blockSize }, (_, block) =>
      losses.slice(block * blockSize, (block + 1) * blockSize).reduce((sum, loss) => sum + loss / blockSize, 0),
    );
    const mean = blocks.reduce((sum, loss) => sum + loss, 0) / blocks.length;
    const variance = blocks.reduce((sum, loss) => sum + (loss - mean) ** 2, 0) / blocks.length;
    const error = Math.sqrt(variance / blocks.length);
    expect(error).toBeLessThan(0.05);
    // Five standard errors: a false alarm in about one of two million seeds.
    expect(Math.abs(mean - likelihood(clean))).toBeLessThan(5 * error);
  });
});
