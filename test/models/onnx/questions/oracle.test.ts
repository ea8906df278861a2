import fc from 'fast-check';
import { describe, it } from 'vitest';
import { seededRandom } from '../../../../scripts/seeded-random.js';
import { divergences, tokenScores, uncertainties } from '../../../../src/graph/effects.js';
import { cleanPrediction } from '../../../../src/models/questions/distribution.js';
import { divergence } from '../../../../src/models/questions/divergence.js';
import { posterior } from '../../../../src/models/questions/posterior.js';
import { largestSigma } from '../../../../src/models/questions/remasking.js';
import { reshape } from '../../../../src/models/questions/reshape.js';
import { tokenScore } from '../../../../src/models/questions/token-score.js';
import { uncertainty } from '../../../../src/models/questions/uncertainty.js';
import { answersTo, held, randomCase, useAnswerers, type CaseSettings } from './support.js';
import { expectations } from '../../support/expect-answers.js';

const answererFor = useAnswerers();

/** Vocabularies around the width of a segment, smaller and larger, with a last segment that is whole or not. */
const settings: fc.Arbitrary<CaseSettings> = fc.record({
  vocabularySize: fc.constantFrom(2, 3, 29, 127, 128, 129, 256, 700, 1031, 2600),
  positions: fc.integer({ min: 1, max: 5 }),
  temperature: fc.constantFrom(0, 0.01, 0.3, 1, 1, 2.5, 40),
  absorbing: fc.boolean(),
});
const seeds = fc.integer();
const runs = { seed: 1, numRuns: 150 };

const { expectNumbers, expectDrawn, expectBest } = expectations(1e-6);

describe('graphs answer as the host does', () => {
  it('draws, and the most probable token', () =>
    fc.assert(
      fc.asyncProperty(settings, seeds, async (chosen, seed) => {
        const { raw, uniforms } = randomCase(seededRandom(seed), chosen);
        const prediction = held(raw);
        const distribution = cleanPrediction(raw);
        const [drawn, best] = await answersTo(await answererFor(raw.vocabularySize), [
          { ask: 'sample', prediction, uniforms },
          { ask: 'argmax', prediction },
        ]);
        expectDrawn(drawn, distribution, distribution.probabilities, uniforms);
        expectBest(best, distribution);
      }),
      runs,
    ));

  it('draws from the posterior', () =>
    fc.assert(
      fc.asyncProperty(settings, seeds, async (chosen, seed) => {
        const random = seededRandom(seed);
        const { raw, noisy, uniforms } = randomCase(random, chosen);
        const [alphaT = 0, alphaS = 1] = [0, 1, random(), random(), random()]
          .sort(() => random() - 0.5)
          .slice(0, 2)
          .sort((a, b) => a - b);
        const most = raw.maskId === null ? 1 : largestSigma({ alphaT, alphaS });
        const sigma =
          random() < 0.5 ? undefined : noisy.map(() => most * ([0, 1, random()][Math.floor(random() * 3)] ?? 0));
        const step = { alphaT, alphaS, ...(sigma && { sigma }) };
        const distribution = cleanPrediction(raw);
        const [drawn] = await answersTo(await answererFor(raw.vocabularySize), [
          { ask: 'posterior', prediction: held(raw, noisy), ...step, uniforms },
        ]);
        expectDrawn(drawn, distribution, posterior(distribution, noisy, raw.maskId, step), uniforms);
      }),
      runs,
    ));

  it('scores', () =>
    fc.assert(
      fc.asyncProperty(settings, seeds, async (chosen, seed) => {
        const { raw, tokens, noisy } = randomCase(seededRandom(seed), chosen);
        const prediction = held(raw);
        const distribution = cleanPrediction(raw);
        const answerer = await answererFor(raw.vocabularySize);
        const given = [tokens, noisy, tokens.map(() => raw.vocabularySize)];
        const found = await answersTo(answerer, [
          ...uncertainties.map((measure) => ({ ask: 'uncertainty', prediction, measure }) as const),
          ...given.flatMap((each) =>
            tokenScores.map((measure) => ({ ask: 'token-score', prediction, tokens: each, measure }) as const),
          ),
        ]);
        const expected = [
          ...uncertainties.map((measure) => uncertainty(distribution, measure)),
          ...given.flatMap((each) => tokenScores.map((measure) => tokenScore(distribution, each, measure))),
        ];
        expected.forEach((values, index) => expectNumbers(found[index], values));
      }),
      runs,
    ));

  it('divergences', () =>
    fc.assert(
      fc.asyncProperty(settings, settings, seeds, async (chosen, other, seed) => {
        const random = seededRandom(seed);
        const p = randomCase(random, chosen).raw;
        const q = { ...randomCase(random, { ...other, ...shapeOf(chosen) }).raw, maskId: p.maskId };
        const answerer = await answererFor(p.vocabularySize);
        for (const [first, second] of [[p, q] as const, [p, p] as const]) {
          const [prediction, against] = [held(first), held(second)];
          const found = await answersTo(
            answerer,
            divergences.map((measure) => ({ ask: 'divergence', prediction, other: against, measure }) as const),
          );
          divergences.forEach((measure, index) =>
            expectNumbers(found[index], divergence(cleanPrediction(first), cleanPrediction(second), measure)),
          );
        }
      }),
      runs,
    ));

  it('a temperature of its own', () =>
    fc.assert(
      fc.asyncProperty(settings, seeds, fc.constantFrom(0, 0.2, 1, 3), async (chosen, seed, value) => {
        const { raw, uniforms, tokens } = randomCase(seededRandom(seed), chosen);
        const shape = { shape: 'temperature', value } as const;
        const prediction = { from: 'shape', of: held(raw), shape } as const;
        const distribution = reshape(cleanPrediction(raw), shape);
        const [drawn, score] = await answersTo(await answererFor(raw.vocabularySize), [
          { ask: 'sample', prediction, uniforms },
          { ask: 'token-score', prediction, tokens, measure: 'nll' },
        ]);
        expectDrawn(drawn, distribution, distribution.probabilities, uniforms);
        expectNumbers(score, tokenScore(distribution, tokens, 'nll'));
      }),
      { ...runs, numRuns: 60 },
    ));
});

const shapeOf = ({ vocabularySize, positions, absorbing }: CaseSettings) => ({ vocabularySize, positions, absorbing });
