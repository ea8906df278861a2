import { beforeAll, describe, expect, it } from 'vitest';
import type { Tf } from '../../src/models/tfjs/backend.js';
import { loadTensorBackend } from '../../src/models/tfjs/load.js';
import { learningRateAt, onDevice, onHost, update } from '../../src/training/optimizer.js';

describe('learning rate', () => {
  const schedule = { learningRate: 2, warmup: 10, cooldown: 0.25, steps: 100 };
  it('rises, stays, falls to nearly nothing', () => {
    expect(learningRateAt(schedule, 0)).toBeCloseTo(0.2);
    expect(learningRateAt(schedule, 9)).toBe(2);
    expect(learningRateAt(schedule, 75)).toBe(2);
    expect(learningRateAt(schedule, 76)).toBeCloseTo(2 * (24 / 25));
    expect(learningRateAt(schedule, 99)).toBeCloseTo(2 / 25);
  });
  it('stays to the end without a cool-down, starts high without a warm-up', () => {
    expect(learningRateAt({ ...schedule, cooldown: 0 }, 99)).toBe(2);
    expect(learningRateAt({ ...schedule, warmup: 0 }, 0)).toBe(2);
  });
});

describe('update', () => {
  let tf: Tf;
  beforeAll(async () => {
    ({ tf } = await loadTensorBackend('cpu'));
  });

  /** The same in plain numbers, from the paper (Algorithm 1). */
  function plain(
    gradients: readonly (readonly number[])[],
    by: { learningRate: number; clip: number; averageDecay: number },
  ) {
    const state = [0.5, -1, 2].map((x) => ({ x, average: x, m: 0, v: 0 }));
    gradients.forEach((gradient, step) => {
      const scale = Math.min(1, by.clip / Math.hypot(...gradient));
      const decay = Math.min(by.averageDecay, (1 + step) / (10 + step));
      state.forEach((s, i) => {
        const g = (gradient[i] ?? NaN) * scale;
        s.m = 0.9 * s.m + 0.1 * g;
        s.v = 0.999 * s.v + 0.001 * g * g;
        s.x -=
          (by.learningRate * (s.m / (1 - 0.9 ** (step + 1)))) / (Math.sqrt(s.v / (1 - 0.999 ** (step + 1))) + 1e-8);
        s.average = decay * s.average + (1 - decay) * s.x;
      });
    });
    return state;
  }

  it.each([
    ['short gradients', 1],
    ['gradients that are clipped', 10],
  ])('is Adam with an average, for %s', async (_, size) => {
    const by = { learningRate: 0.1, clip: 1, averageDecay: 0.2 };
    const gradients = [0, 1, 2, 3].map((step) =>
      [0.1, -0.3, 0.2].map((g, i) => size * (g + 0.05 * ((step * (i + 1)) % 3))),
    );
    const start = Float32Array.of(0.5, -1, 2);
    let state = onDevice(tf, {
      parameters: start,
      average: start,
      first: new Float32Array(3),
      second: new Float32Array(3),
    });
    for (const [step, gradient] of gradients.entries()) {
      const next = update(tf, state, tf.tensor1d(gradient), { ...by, step });
      tf.dispose({ ...state });
      state = next;
    }
    const got = await onHost(state);
    for (const [i, want] of plain(gradients, by).entries()) {
      expect(got.parameters[i]).toBeCloseTo(want.x, 5);
      expect(got.average[i]).toBeCloseTo(want.average, 5);
      expect(got.first[i]).toBeCloseTo(want.m, 6);
      expect(got.second[i]).toBeCloseTo(want.v, 6);
    }
  });
});
