import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Block, NoiseLevel } from '../../src/graph/values.js';
import {
  changedPositions,
  fillScores,
  mergeScores,
  scaleScores,
  sigmaCap,
  sigmaKappa,
  sigmaRescale,
  softmaxScores,
} from '../../src/nodes/index.js';
import { absorbingManifest, nodeContext } from '../support/context.js';

const context = nodeContext(absorbingManifest);
const levelOf = (alphaT: number, alphaS: number): NoiseLevel => ({
  alphaT,
  alphaS,
  step: 0,
  steps: 2,
  last: alphaS === 1,
});
const blockOf = (tokens: readonly number[]): Block => ({
  start: 0,
  size: tokens.length,
  tokens,
  fixed: tokens.map(() => false),
});

const levels = fc
  .record({
    alphaT: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 0.99, noNaN: true })),
    part: fc.double({ min: 0, max: 1, noNaN: true }),
  })
  .map(({ alphaT, part }) => levelOf(alphaT, alphaT + (1 - alphaT) * part));
const share = fc.oneof(fc.constantFrom(0, 1), fc.double({ min: 0, max: 1, noNaN: true }));
const cells = fc.array(
  fc.record({ score: fc.double({ min: -100, max: 100, noNaN: true }), among: fc.boolean(), other: fc.nat(9) }),
  { minLength: 1, maxLength: 9 },
);

describe('sigma', () => {
  const sigmas = (level: NoiseLevel, value: number) => ({
    cap: sigmaCap.step({ inputs: { level }, params: { eta: value }, context }).sigma,
    rescale: sigmaRescale.step({ inputs: { level }, params: { eta: value }, context }).sigma,
    kappa: sigmaKappa.step({ inputs: { level }, params: { kappa: value }, context }).sigma,
  });

  it('by hand: from alpha 0.5 to 0.8, where at most 0.4 is possible', () => {
    const { cap, rescale, kappa } = sigmas(levelOf(0.5, 0.8), 0.25);
    expect(cap).toBe(0.25);
    expect(rescale).toBeCloseTo(0.1, 12);
    expect(kappa).toBeCloseTo(0.15, 12);
    expect(sigmas(levelOf(0.5, 0.8), 0.9).cap).toBeCloseTo(0.4, 12);
    expect(sigmas(levelOf(0, 0.8), 0.9)).toMatchObject({ cap: 0.9, rescale: 0.9 });
  });

  it('is possible at every step: no more tokens get noise than alpha_s has room for, none on the way to clean text', () => {
    fc.assert(
      fc.property(levels, share, (level, value) => {
        const { alphaT, alphaS } = level;
        for (const sigma of Object.values(sigmas(level, value))) {
          expect(sigma).toBeGreaterThanOrEqual(0);
          expect(sigma).toBeLessThanOrEqual(1);
          expect(alphaT * sigma).toBeLessThanOrEqual((1 - alphaS) * (1 + 1e-12));
        }
        expect(sigmas(levelOf(alphaT, 1), value)).toEqual({ cap: 0, rescale: 0, kappa: 0 });
      }),
      { seed: 1 },
    );
  });
});

describe('the algebra of scores', () => {
  it('fills, scales and merges', () => {
    const block = blockOf([1, 2, 3]);
    expect(fillScores.step({ inputs: { block, value: 0.5 }, params: {}, context }).scores).toEqual([0.5, 0.5, 0.5]);
    expect(scaleScores.step({ inputs: { scores: [1, -2, 0], by: 3 }, params: {}, context }).scores).toEqual([3, -6, 0]);
    const inputs = { positions: [true, false, true], then: [1, 2, 3], else: [7, 8, 9] };
    expect(mergeScores.step({ inputs, params: {}, context }).scores).toEqual([1, 8, 3]);
  });

  it('knows where a block changed', () => {
    const inputs = { before: blockOf([4, 4, 1, 2]), after: blockOf([4, 0, 1, 3]) };
    expect(changedPositions.step({ inputs, params: {}, context }).positions).toEqual([false, true, false, true]);
  });

  it('softmax: shares that sum to 1, in the ratio of exponentials, 0 elsewhere and where there is nothing to share', () => {
    fc.assert(
      fc.property(cells, (all) => {
        const scores = all.map(({ score }) => score);
        const among = all.map((cell) => cell.among);
        const { scores: shares } = softmaxScores.step({ inputs: { scores, among }, params: {}, context });
        const chosen = all.flatMap((cell, i) => (cell.among ? [i] : []));
        expect(shares.reduce((a, b) => a + b, 0)).toBeCloseTo(chosen.length === 0 ? 0 : 1, 12);
        shares.forEach((x, i) => {
          if (among[i] !== true) expect(x).toBe(0);
          for (const j of chosen) {
            const [a, b] = [scores[i] ?? 0, scores[j] ?? 0];
            if (among[i] === true && a >= b) {
              expect(x).toBeGreaterThanOrEqual(shares[j] ?? 0);
              if (a - b < 20) expect(Math.log(x / (shares[j] ?? 0))).toBeCloseTo(a - b, 6);
            }
          }
        });
      }),
      { seed: 2 },
    );
    const confident = { scores: [-0.9, -0.1, -0.5], among: [true, true, false] };
    const { scores: shares } = softmaxScores.step({ inputs: confident, params: {}, context });
    expect(shares[1]).toBeCloseTo(Math.exp(-0.1) / (Math.exp(-0.1) + Math.exp(-0.9)), 12);
  });
});
