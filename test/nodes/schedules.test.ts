import { describe, expect, it } from 'vitest';
import { noiseSchedules, stepTime } from '../../src/nodes/support/noise.js';
import { remaskCount } from '../../src/nodes/index.js';
import { absorbingManifest, nodeContext } from '../support/context.js';
import { referenceFunctions } from '../support/fixtures.js';

describe('noise schedules', () => {
  it.each(referenceFunctions.noiseSchedules)('$schedule gives the reference alpha', ({ schedule, eps, t, alpha }) => {
    t.data.forEach((time, i) => {
      expect(noiseSchedules[schedule](time, eps)).toBeCloseTo(alpha.data[i] ?? NaN, 6);
    });
  });

  it('lays its steps on linspace(1, 1e-5, S + 1)', () => {
    const [first] = referenceFunctions.noiseSchedules;
    const grid = first?.t.data ?? [];
    const steps = grid.length - 1;
    grid.forEach((time, i) => {
      expect(stepTime(i, steps)).toBeCloseTo(time, 6);
    });
    expect(stepTime(0, 7)).toBe(1);
    expect(stepTime(7, 7)).toBeCloseTo(1e-5, 12);
  });
});

/** k for a block of the given size on the way to alpha_s. */
const countOf = (alphaS: number, size: number): number =>
  remaskCount.step({
    inputs: {
      block: { start: 0, size, tokens: new Array<number>(size).fill(0), fixed: [] },
      level: { alphaT: 0, alphaS, step: 0, steps: 1, last: false },
    },
    params: {},
    context: nodeContext(absorbingManifest),
  }).count;

describe('remask-count', () => {
  it.each(referenceFunctions.arpcRemaskCount)(
    'step $stepIndex of $steps, block of $blockSize',
    ({ steps, stepIndex, blockSize, count }) => {
      const alphaS = noiseSchedules['log-linear'](stepTime(stepIndex + 1, steps), 1e-3);
      expect(countOf(alphaS, blockSize)).toBe(count);
    },
  );

  it('rounds half to even and never goes below one', () => {
    expect([0.5, 1.5, 2.5, 3.5].map((k) => countOf(1 - k / 4, 4))).toEqual([1, 2, 2, 4]);
    expect(countOf(1, 16)).toBe(1);
  });
});
