import { describe, expect, it } from 'vitest';
import { noiseSchedules, stepTime } from '../../src/nodes/support/noise.js';
import { remaskCount } from '../../src/nodes/support/remask-count.js';
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

describe('remaskCount', () => {
  it.each(referenceFunctions.arpcRemaskCount)(
    'step $stepIndex of $steps, block of $blockSize',
    ({ steps, stepIndex, blockSize, count }) => {
      const alphaS = noiseSchedules['log-linear'](stepTime(stepIndex + 1, steps), 1e-3);
      expect(remaskCount(alphaS, blockSize)).toBe(count);
    },
  );

  it('rounds half to even and never goes below one', () => {
    expect([0.5, 1.5, 2.5, 3.5].map((k) => remaskCount(1 - k / 4, 4))).toEqual([1, 2, 2, 4]);
    expect(remaskCount(1, 16)).toBe(1);
  });
});
