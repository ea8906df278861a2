import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { NoiseLevel } from '../../src/graph/values.js';
import { noiseSchedule } from '../../src/nodes/index.js';
import { noiseSchedules } from '../../src/nodes/support/noise.js';
import { absorbingManifest, nodeContext } from '../support/context.js';

const context = nodeContext(absorbingManifest);
interface Span {
  readonly steps: number;
  readonly schedule: 'log-linear' | 'cosine';
  readonly eps: number;
  readonly start: number;
  readonly end: number;
}
const levels = (span: Span): NoiseLevel[] =>
  Array.from(
    { length: span.steps },
    (_, index) => noiseSchedule.step({ inputs: { index }, params: span, context }).level,
  );

const spans = fc
  .record({
    steps: fc.integer({ min: 1, max: 40 }),
    schedule: fc.constantFrom('log-linear' as const, 'cosine' as const),
    eps: fc.constantFrom(0, 1e-3, 0.1),
    start: fc.double({ min: 0.01, max: 1, noNaN: true }),
    part: fc.double({ min: 0, max: 0.99, noNaN: true }),
  })
  .map(({ part, ...span }) => ({ ...span, end: span.start * part }));

describe('noise-schedule between two times', () => {
  it('goes from alpha(start) to alpha(end), each step beginning where the last ended, never to clean text', () => {
    fc.assert(
      fc.property(spans, (span) => {
        fc.pre(span.end > 0.001);
        const alpha = (t: number): number => noiseSchedules[span.schedule](t, span.eps);
        const all = levels(span);
        expect(all[0]?.alphaT).toBe(alpha(span.start));
        expect(all.at(-1)?.alphaS).toBeCloseTo(alpha(span.end), 12);
        all.forEach(({ alphaT, alphaS, last, steps }, i) => {
          expect(last).toBe(false);
          expect(steps).toBe(span.steps);
          expect(alphaS).toBeGreaterThan(alphaT);
          if (i > 0) expect(alphaT).toBe(all[i - 1]?.alphaS);
        });
      }),
      { seed: 3 },
    );
  });

  it('ends at alpha_s = 1 from any start', () => {
    fc.assert(
      fc.property(spans, (span) => {
        const all = levels({ ...span, end: 0 });
        expect(all.at(-1)).toMatchObject({ alphaS: 1, last: true });
        expect(all.filter(({ last, alphaS }) => last || alphaS === 1)).toHaveLength(1);
      }),
      { seed: 4 },
    );
  });

  it('holds alpha where start is end', () => {
    for (const { alphaT, alphaS, last } of levels({
      steps: 3,
      schedule: 'log-linear',
      eps: 1e-3,
      start: 0.1,
      end: 0.1,
    })) {
      expect([alphaT, alphaS, last]).toEqual([noiseSchedules['log-linear'](0.1, 1e-3), alphaT, false]);
    }
  });

  it('refuses to run backwards', () => {
    const said = (start: number, end: number) =>
      noiseSchedule.objections?.({ steps: 2, schedule: 'log-linear', eps: 0, start, end }, absorbingManifest);
    expect(said(0.2, 0.5)?.map(({ severity, message }) => `${severity}: ${message}`)).toEqual([
      expect.stringMatching(/^error: .*end cannot be 0.5 where start is 0.2/),
    ]);
    expect(said(0.5, 0.5)).toEqual([]);
  });
});
