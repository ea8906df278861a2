import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cleanPrediction, rowOf } from '../../../src/models/questions/distribution.js';
import { posterior, samplePosterior, type AlphaStep } from '../../../src/models/questions/posterior.js';
import { kappaOf, largestSigma } from '../../../src/models/questions/remasking.js';

const size = 4;
const mask = size - 1;
const processes = [
  ['absorbing', mask],
  ['uniform', null],
] as const;

/** p(x_0) at a position that holds `token`, as a model gives it. */
const predict = (logits: readonly number[], token: number, maskId: number | null) =>
  cleanPrediction({
    logits: Float32Array.from(logits),
    vocabularySize: size,
    temperature: 1,
    maskId,
    revealed: [maskId === null || token === maskId ? null : token],
  });

/** One position's distribution at s. */
const stepOf = (
  logits: readonly number[],
  token: number,
  maskId: number | null,
  { alphaT, alphaS, sigma }: { alphaT: number; alphaS: number; sigma: number },
): number[] => [...posterior(predict(logits, token, maskId), [token], maskId, { alphaT, alphaS, sigma: [sigma] })];

const prior = (maskId: number | null): number[] =>
  Array.from({ length: size }, (_, v) => (maskId === null ? 1 / size : v === maskId ? 1 : 0));
const point = (token: number): number[] => Array.from({ length: size }, (_, v) => (v === token ? 1 : 0));
const mixed = (weight: number, a: readonly number[], b: readonly number[]): number[] =>
  a.map((x, v) => weight * x + (1 - weight) * (b[v] ?? 0));
const expectRow = (found: readonly number[], expected: readonly number[], digits = 11): void => {
  expected.forEach((p, v) => expect(found[v]).toBeCloseTo(p, digits));
};

const logitRows = fc.array(fc.integer({ min: -4, max: 4 }), { minLength: size, maxLength: size });
/** A step with a possible sigma: what is left out is alpha_t = 1. */
const steps = fc
  .record({
    alphaT: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 0.99, noNaN: true })),
    part: fc.oneof(fc.constantFrom(0, 1), fc.double({ min: 0, max: 1, noNaN: true })),
    share: fc.oneof(fc.constantFrom(0, 1), fc.double({ min: 0, max: 1, noNaN: true })),
  })
  .map(({ alphaT, part, share }) => {
    const alphaS = part === 1 ? 1 : alphaT + (1 - alphaT) * part;
    return { alphaT, alphaS, sigma: share * largestSigma({ alphaT, alphaS }) };
  });

describe('the posterior with sigma', () => {
  it('is the closed form of ReMDM under absorbing noise', () => {
    const [alphaT, alphaS, sigma] = [0.4, 0.7, 0.2];
    const logits = [Math.log(0.5), Math.log(0.3), Math.log(0.2), 9];
    expectRow(stepOf(logits, 1, mask, { alphaT, alphaS, sigma }), [0, 0.8, 0, 0.2]);
    const reveal = (0.7 - 0.8 * 0.4) / 0.6;
    expectRow(
      stepOf(logits, mask, mask, { alphaT, alphaS, sigma }),
      [0.5 * reveal, 0.3 * reveal, 0.2 * reveal, 1 - reveal],
      7,
    );
    expect(largestSigma({ alphaT, alphaS })).toBeCloseTo(0.75, 12);
    expect(largestSigma({ alphaT: 0.2, alphaS: 0.7 })).toBe(1);
    expect(largestSigma({ alphaT: 0, alphaS: 0.7 })).toBe(1);
    expect(largestSigma({ alphaT: 0, alphaS: 1 })).toBe(0);
  });

  it('is the closed form of a Psi-sampler under uniform noise', () => {
    const [alphaT, alphaS, sigma] = [0.4, 0.7, 0.06];
    const logits = [0.4, 0.3, 0.2, 0.1].map(Math.log);
    const p = [0.4, 0.3, 0.2, 0.1];
    const q = p.map((x, v) => {
      const here = v === 2 ? 1 : 0;
      const above = 0.4 * 4 * x * here + (4 / 7 - 0.4) * here + 0.3 * x + ((3 / 7) * 0.3) / 4;
      return above / (0.4 * 4 * 0.2 + 0.6);
    });
    const expected = q.map((x, v) => 0.8 * x + 0.2 * (0.7 * (p[v] ?? 0) + 0.3 / 4));
    const found = stepOf(logits, 2, null, { alphaT, alphaS, sigma });
    expected.forEach((x, v) => expect(found[v]).toBeCloseTo(x, 7));
    expect(kappaOf(sigma, alphaS)).toBeCloseTo(0.8, 12);
    expect([kappaOf(0.5, 0.7), kappaOf(0, 1), kappaOf(0.1, 1)]).toEqual([0, 1, 0]);
  });

  it.each(processes)('is a distribution, and without sigma the one it was: %s', (_, maskId) => {
    fc.assert(
      fc.property(logitRows, steps, fc.nat(mask), (logits, step, token) => {
        const row = stepOf(logits, token, maskId, step);
        expect(row.reduce((a, b) => a + b)).toBeCloseTo(1, 11);
        expect(Math.min(...row)).toBeGreaterThanOrEqual(0);
        const { alphaT, alphaS } = step;
        const plain = posterior(predict(logits, token, maskId), [token], maskId, { alphaT, alphaS });
        expect(stepOf(logits, token, maskId, { alphaT, alphaS, sigma: 0 })).toEqual([...plain]);
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  it.each(processes)('is kappa q + (1 - kappa) [alpha_s p + (1 - alpha_s) prior]: %s', (_, maskId) => {
    fc.assert(
      fc.property(logitRows, steps, fc.nat(mask), (logits, step, token) => {
        fc.pre(step.alphaS < 0.999 && (maskId !== null || step.sigma <= 1 - step.alphaS));
        // Under absorbing noise negative as well, down to sigma_max.
        const kappa = 1 - step.sigma / (1 - step.alphaS);
        const again = mixed(step.alphaS, [...predict(logits, token, maskId).probabilities], prior(maskId));
        const ancestral = stepOf(logits, token, maskId, { ...step, sigma: 0 });
        expectRow(stepOf(logits, token, maskId, step), mixed(kappa, ancestral, again));
      }),
      { seed: 2, numRuns: 300 },
    );
  });

  it('moves as much mass as sigma may: at sigma_max no mask is revealed that alpha_s has no room for', () => {
    fc.assert(
      fc.property(logitRows, steps, (logits, { alphaT, alphaS }) => {
        fc.pre(alphaT > 0);
        const sigma = largestSigma({ alphaT, alphaS });
        const stays = stepOf(logits, mask, mask, { alphaT, alphaS, sigma })[mask] ?? 0;
        expect(stays).toBeCloseTo(sigma < 1 ? 0 : (1 - alphaS - alphaT) / (1 - alphaT), 9);
      }),
      { seed: 3 },
    );
  });

  it('takes a sigma for each position', () => {
    const prediction = cleanPrediction({
      logits: new Float32Array(2 * size),
      vocabularySize: size,
      temperature: 1,
      maskId: mask,
      revealed: [0, 1],
    });
    const found = posterior(prediction, [0, 1], mask, { alphaT: 0.5, alphaS: 0.5, sigma: [0, 0.25] });
    expect([...rowOf(found, 0, size)]).toEqual(point(0));
    expect([...rowOf(found, 1, size)]).toEqual([0, 0.75, 0, 0.25]);
  });

  it.each<[string, number | null, AlphaStep]>([
    ['more than sigma_max', mask, { alphaT: 0.5, alphaS: 0.8, sigma: [0.41] }],
    ['any on the way to clean text', mask, { alphaT: 0, alphaS: 1, sigma: [0.1] }],
    ['less than 0', null, { alphaT: 0.5, alphaS: 0.8, sigma: [-0.1] }],
    ['more than 1', null, { alphaT: 0.5, alphaS: 0.8, sigma: [1.1] }],
    ['what is no number', null, { alphaT: 0.5, alphaS: 0.8, sigma: [NaN] }],
  ])('refuses %s', (_, maskId, step) => {
    expect(() => samplePosterior(predict([0, 0, 0, 0], 0, maskId), [0], maskId, step, [0.5])).toThrow(
      /sigma.* from 0 to /,
    );
  });
});

describe('ReMDM and Psi marginals against the closed form', () => {
  /** A chain of steps from exactly pure noise, each with any possible sigma. */
  const chains = fc
    .array(
      fc.record({
        part: fc.double({ min: 0, max: 1, noNaN: true }),
        share: fc.double({ min: 0, max: 1, noNaN: true }),
      }),
      {
        minLength: 1,
        maxLength: 8,
      },
    )
    .map((parts) => {
      let alphaT = 0;
      return parts.map(({ part, share }) => {
        const alphaS = alphaT + (0.999 - alphaT) * part;
        const step = { alphaT, alphaS, sigma: share * largestSigma({ alphaT, alphaS }) };
        alphaT = alphaS;
        return step;
      });
    });

  /** The distribution of x_s after every step, by summing over all x_t. */
  function marginals(
    logits: readonly number[],
    maskId: number | null,
    chain: readonly { alphaT: number; alphaS: number; sigma: number }[],
  ): number[][] {
    let now = prior(maskId);
    return chain.map((step) => {
      const next = new Array<number>(size).fill(0);
      now.forEach((p, token) => {
        if (p === 0) return;
        stepOf(logits, token, maskId, step).forEach((q, v) => (next[v] = (next[v] ?? 0) + p * q));
      });
      now = next;
      return next;
    });
  }

  it.each(processes)('with a model that knows x_0, x_s is alpha_s delta + (1 - alpha_s) prior: %s', (_, maskId) => {
    fc.assert(
      fc.property(fc.nat(mask - 1), chains, (known, chain) => {
        const logits = point(known).map((p) => (p === 1 ? 0 : -1e9));
        marginals(logits, maskId, chain).forEach((row, i) => {
          expectRow(row, mixed(chain[i]?.alphaS ?? 0, point(known), prior(maskId)));
        });
      }),
      { seed: 4, numRuns: 300 },
    );
  });

  it.each(processes)('with a model that knows p(x_0), x_s is alpha_s p + (1 - alpha_s) prior: %s', (_, maskId) => {
    fc.assert(
      fc.property(logitRows, chains, (logits, chain) => {
        const p = [...predict(logits, mask, maskId).probabilities];
        marginals(logits, maskId, chain).forEach((row, i) => {
          expectRow(row, mixed(chain[i]?.alphaS ?? 0, p, prior(maskId)));
        });
      }),
      { seed: 5, numRuns: 300 },
    );
  });
});
