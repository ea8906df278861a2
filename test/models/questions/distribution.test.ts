import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { divergences, tokenScores, uncertainties } from '../../../src/graph/effects.js';
import { cleanPrediction, rowOf, type RawPrediction } from '../../../src/models/questions/distribution.js';
import { divergence } from '../../../src/models/questions/divergence.js';
import { posterior, samplePosterior } from '../../../src/models/questions/posterior.js';
import { inverseCdf, mostProbable, sample } from '../../../src/models/questions/sampling.js';
import { tokenScore } from '../../../src/models/questions/token-score.js';
import { uncertainty } from '../../../src/models/questions/uncertainty.js';

const raw = (logits: readonly number[], more: Partial<RawPrediction> = {}): RawPrediction => {
  const revealed = more.revealed ?? [null];
  return {
    logits: Float32Array.from(logits),
    vocabularySize: logits.length / revealed.length,
    temperature: 1,
    maskId: null,
    revealed,
    ...more,
  };
};

const vocabulary = 6;
const positions = 4;
const mask = vocabulary - 1;
/** Any logits, temperature and noise, with some positions revealed under absorbing noise. */
const rawPredictions = fc
  .record({
    logits: fc.array(fc.float({ min: -80, max: 80, noNaN: true }), {
      minLength: vocabulary * positions,
      maxLength: vocabulary * positions,
    }),
    temperature: fc.constantFrom(0, 0.01, 0.5, 1, 3),
    absorbing: fc.boolean(),
    noisy: fc.array(fc.nat(vocabulary - 1), { minLength: positions, maxLength: positions }),
  })
  .map(({ logits, temperature, absorbing, noisy }) => ({
    noisy,
    maskId: absorbing ? mask : null,
    prediction: cleanPrediction(
      raw(logits, {
        temperature,
        maskId: absorbing ? mask : null,
        revealed: noisy.map((token) => (absorbing && token !== mask ? token : null)),
      }),
    ),
  }));

const uniforms = fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), {
  minLength: positions,
  maxLength: positions,
});

describe('p(x_0 | x_t)', () => {
  it('is the softmax of logits over temperature', () => {
    const { probabilities, logProbabilities } = cleanPrediction(raw([0, Math.log(3) * 2], { temperature: 2 }));
    expect(probabilities[0]).toBeCloseTo(0.25, 7);
    expect(logProbabilities[1]).toBeCloseTo(Math.log(0.75), 7);
  });

  it('leaves out the mask and keeps revealed tokens, whatever the logits', () => {
    const { probabilities } = cleanPrediction(
      raw([1, 1, 50, 9, 9, 9], { maskId: 2, revealed: [null, 1], temperature: 0.1 }),
    );
    expect([...probabilities]).toEqual([0.5, 0.5, 0, 0, 1, 0]);
  });

  it('at temperature 0 is the most probable token, the lowest id among equals, never the mask', () => {
    expect([...cleanPrediction(raw([1, 7, 7], { temperature: 0 })).probabilities]).toEqual([0, 1, 0]);
    expect([...cleanPrediction(raw([1, 7, 9], { temperature: 0, maskId: 2 })).probabilities]).toEqual([0, 1, 0]);
  });

  it('sums to 1 and every answer about it is finite', () => {
    fc.assert(
      fc.property(rawPredictions, rawPredictions, ({ prediction }, { prediction: other, noisy }) => {
        for (let position = 0; position < positions; position += 1) {
          const sum = rowOf(prediction.probabilities, position, vocabulary).reduce((a, b) => a + b);
          expect(sum).toBeCloseTo(1, 12);
        }
        const answers = [
          ...uncertainties.map((measure) => uncertainty(prediction, measure)),
          ...tokenScores.map((measure) => tokenScore(prediction, noisy, measure)),
          ...divergences.map((measure) => divergence(prediction, other, measure)),
        ];
        expect(answers.flat().every(Number.isFinite)).toBe(true);
        for (const measure of divergences) {
          expect(Math.min(...divergence(prediction, other, measure))).toBeGreaterThan(-1e-9);
          divergence(prediction, prediction, measure).forEach((value) => expect(value).toBeCloseTo(0, 9));
        }
        expect(divergence(prediction, other, 'kld')).toEqual(divergence(other, prediction, 'reverse_kld'));
      }),
      { seed: 5 },
    );
  });
});

describe('sampling', () => {
  it('cuts [0, 1) into intervals as long as the probabilities, in the order of ids', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(5), { minLength: 1, maxLength: 8 }), fc.nat(999), (weights, step) => {
        const total = weights.reduce((a, b) => a + b);
        fc.pre(total > 0);
        const probabilities = Float64Array.from(weights, (weight) => weight / total);
        const uniform = (step + 0.5) / 1000;
        const token = inverseCdf(probabilities, uniform);
        const below = probabilities.slice(0, token).reduce((a, b) => a + b, 0);
        const width = probabilities[token] ?? 0;
        expect(width).toBeGreaterThan(0);
        expect(uniform).toBeGreaterThan(below - 1e-9);
        expect(uniform).toBeLessThan(below + width + 1e-9);
      }),
      { seed: 6 },
    );
  });

  it('at the borders takes the token that begins there, and never one of probability 0', () => {
    const probabilities = Float64Array.of(0, 0.5, 0, 0.5, 0);
    expect([0, 0.49, 0.5, 1 - 2 ** -53].map((uniform) => inverseCdf(probabilities, uniform))).toEqual([1, 1, 3, 3]);
    expect(inverseCdf(Float64Array.of(0.25, 0.5, 0), 0.99)).toBe(1);
  });

  it('gives tokens with their probability', () => {
    fc.assert(
      fc.property(rawPredictions, uniforms, ({ prediction, maskId, noisy }, numbers) => {
        const best = mostProbable(prediction);
        for (const { tokens, probabilities } of [sample(prediction, numbers), best]) {
          tokens.forEach((token, position) => {
            expect(probabilities[position]).toBe(prediction.probabilities[position * vocabulary + token]);
            expect(probabilities[position]).toBeGreaterThan(0);
            expect(probabilities[position]).toBeLessThanOrEqual(best.probabilities[position] ?? 0);
            if (maskId !== null && noisy[position] !== mask) expect(token).toBe(noisy[position]);
          });
        }
      }),
      { seed: 7 },
    );
  });
});

describe('the posterior', () => {
  const alphas = fc
    .tuple(fc.double({ min: 0, max: 0.999, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }))
    .map(([alphaT, part]) => ({ alphaT, alphaS: alphaT + (1 - alphaT) * part }));

  it('sums to 1, and at alpha_s = alpha_t leaves everything as it is', () => {
    fc.assert(
      fc.property(rawPredictions, alphas, ({ prediction, noisy, maskId }, step) => {
        const probabilities = posterior(prediction, noisy, maskId, step);
        const still = posterior(prediction, noisy, maskId, { ...step, alphaS: step.alphaT });
        noisy.forEach((token, position) => {
          const row = rowOf(probabilities, position, vocabulary);
          expect(row.reduce((a, b) => a + b)).toBeCloseTo(1, 9);
          expect(Math.min(...row)).toBeGreaterThanOrEqual(0);
          if (maskId !== null) expect(still[position * vocabulary + token]).toBeCloseTo(1, 9);
        });
      }),
      { seed: 8 },
    );
  });

  it('under absorbing noise ends at alpha_s = 1 without a mask and never changes what is revealed', () => {
    fc.assert(
      fc.property(rawPredictions, alphas, uniforms, ({ prediction, noisy, maskId }, { alphaT, alphaS }, numbers) => {
        fc.pre(maskId !== null);
        const end = samplePosterior(prediction, noisy, maskId, { alphaT, alphaS: 1 }, numbers);
        const middle = samplePosterior(prediction, noisy, maskId, { alphaT, alphaS }, numbers);
        noisy.forEach((token, position) => {
          expect(end.tokens[position]).not.toBe(mask);
          if (token === mask) {
            if (middle.tokens[position] === mask) expect(middle.probabilities[position]).toBe(0);
          } else {
            expect(middle.tokens[position]).toBe(token);
            expect(middle.probabilities[position]).toBe(1);
          }
        });
      }),
      { seed: 9 },
    );
  });

  it('under uniform noise is Bayes rule for x_s between x_0 and x_t', () => {
    const [alphaT, alphaS, size] = [0.2, 0.5, 3];
    const clean = cleanPrediction(raw([0.3, -1, 2]));
    const given = 1;
    // q(x_s) of a known x_0 and q(x_t | x_s), by their definitions.
    const marginal = (alpha: number, from: number, to: number) => alpha * Number(from === to) + (1 - alpha) / size;
    for (const known of [0, 1, 2]) {
      const certain = cleanPrediction(
        raw(
          [0, 0, 0].map((_, v) => (v === known ? 1 : 0)),
          { temperature: 0 },
        ),
      );
      const weights = [0, 1, 2].map((s) => marginal(alphaS, known, s) * marginal(alphaT / alphaS, s, given));
      const total = weights.reduce((a, b) => a + b);
      const found = posterior(certain, [given], null, { alphaT, alphaS });
      weights.forEach((weight, s) => expect(found[s]).toBeCloseTo(weight / total, 12));
    }
    expect(posterior(clean, [given], null, { alphaT, alphaS: 1 }).every((p) => p > 0)).toBe(true);
  });

  it.each([null, 2])('leaves clean text as it is: alpha_t = 1, maskId %s', (maskId) => {
    const certain = cleanPrediction(raw([0, -200, 0, 0, -200, 0], { revealed: [null, null] }));
    expect([...posterior(certain, [1, 0], maskId, { alphaT: 1, alphaS: 1 })]).toEqual([0, 1, 0, 1, 0, 0]);
  });

  it.each([
    [0.5, 0.4],
    [-0.1, 0.4],
    [0.5, 1.1],
    [1, 0.9],
    [NaN, 1],
  ])('refuses alpha_t = %d, alpha_s = %d', (alphaT, alphaS) => {
    expect(() => posterior(cleanPrediction(raw([0, 0])), [0], null, { alphaT, alphaS })).toThrow(/alpha_t/);
  });
});

describe('scores', () => {
  const prediction = cleanPrediction(raw([Math.log(0.5), Math.log(0.3), Math.log(0.2)]));

  it('measure doubt', () => {
    expect(uncertainty(prediction, 'confidence')[0]).toBeCloseTo(-0.5, 6);
    expect(uncertainty(prediction, 'margin')[0]).toBeCloseTo(-0.2, 6);
    expect(uncertainty(prediction, 'entropy')[0]).toBeCloseTo(1.029653, 6);
    expect(tokenScore(prediction, [1], 'confidence')[0]).toBeCloseTo(-0.3, 6);
    expect(tokenScore(prediction, [3], 'confidence')).toEqual([-0]);
  });

  it('count an impossible token as very bad, but finite', () => {
    const certain = cleanPrediction(raw([0, 0, 0], { temperature: 0 }));
    const least = -Math.log(Number.MIN_VALUE);
    expect(tokenScore(certain, [2], 'nll')).toEqual([least]);
    expect(tokenScore(certain, [2], 'gap_to_top1')).toEqual([least]);
    expect(tokenScore(certain, [0], 'nll')[0]).toBeCloseTo(0, 12);
    // Cold, but possible: exact, as far as a double tells it from what cannot be.
    const cold = cleanPrediction(raw([0, 60, 75, 700], { temperature: 0.1, maskId: 3 }));
    expect(tokenScore(cold, [1], 'nll')[0]).toBeCloseTo(150, 9);
    expect(tokenScore(cold, [1], 'gap_to_top1')[0]).toBeCloseTo(150, 9);
    expect([tokenScore(cold, [0], 'nll'), tokenScore(cold, [3], 'nll')]).toEqual([[least], [least]]);
  });

  it('count what only one of two distributions holds with 1e-12 in divergences', () => {
    const certain = cleanPrediction(raw([9, 0, 0], { temperature: 0 }));
    const other = cleanPrediction(raw([0, 9, 0], { temperature: 0 }));
    expect(divergence(certain, other, 'kld')[0]).toBeCloseTo(-Math.log(1e-12), 9);
    expect(divergence(certain, prediction, 'kld')[0]).toBeCloseTo(-Math.log(0.5), 6);
    const [away = 0] = divergence(prediction, certain, 'kld');
    expect(away).toBeCloseTo(-1.029653 - 0.5 * Math.log(1e-12), 5);
    expect(divergence(certain, prediction, 'reverse_kld')).toEqual([away]);
  });

  it('compare only predictions of one shape', () => {
    expect(() => divergence(prediction, cleanPrediction(raw([0, 0])), 'tvd')).toThrow(/\[1, 3\] and \[1, 2\]/);
  });
});
