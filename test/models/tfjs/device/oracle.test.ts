import fc from 'fast-check';
import { beforeAll, describe, it } from 'vitest';
import { seededRandom } from '../../../../scripts/seeded-random.js';
import { divergences, tokenScores, uncertainties, type Question } from '../../../../src/graph/effects.js';
import type { Prediction, Shape } from '../../../../src/graph/values.js';
import { cleanPrediction, rowOf, type Distribution } from '../../../../src/models/questions/distribution.js';
import { divergence } from '../../../../src/models/questions/divergence.js';
import { posterior } from '../../../../src/models/questions/posterior.js';
import { largestSigma } from '../../../../src/models/questions/remasking.js';
import { residual, reshape } from '../../../../src/models/questions/reshape.js';
import { tokenScore } from '../../../../src/models/questions/token-score.js';
import { uncertainty } from '../../../../src/models/questions/uncertainty.js';
import type { TensorBackend } from '../../../../src/models/tfjs/backend.js';
import { loadTensorBackend } from '../../../../src/models/tfjs/load.js';
import { randomCase, type CaseSettings, type RandomCase } from '../../onnx/questions/support.js';
import { testedTensors } from '../../../support/tensors.js';
import { onePass, type OnePass } from './support.js';
import { expectations } from '../../support/expect-answers.js';

let backend: TensorBackend;
beforeAll(async () => {
  backend = await loadTensorBackend(testedTensors);
});

const width = 32;
/** Vocabularies around the width of a segment, smaller and larger, with a last segment that is whole or not. */
const settings: fc.Arbitrary<CaseSettings> = fc.record({
  vocabularySize: fc.constantFrom(2, 3, 29, 31, 32, 33, 64, 65, 150, 1031),
  positions: fc.integer({ min: 1, max: 5 }),
  temperature: fc.constantFrom(0, 0.01, 0.3, 1, 1, 2.5, 40),
  absorbing: fc.boolean(),
});
const seeds = fc.integer();
const runs = { seed: 1, numRuns: 100 };

/** Several calls of one pass, each with a distribution on the host. */
interface Cases {
  readonly cases: readonly (RandomCase & { readonly distribution: Distribution })[];
  readonly pass: OnePass;
}

/** Networks give finite logits: what is impossible in a random case is as good as that here. */
async function casesOf(random: () => number, chosen: CaseSettings, rows: number, sameLogits = false): Promise<Cases> {
  const first = finite(randomCase(random, chosen));
  const cases = Array.from({ length: rows }, (_, row) => {
    if (row === 0) return first;
    const other = finite(randomCase(random, chosen));
    const { maskId } = first.raw;
    const noisy = other.noisy.map((token) => (token === other.raw.maskId && maskId !== null ? maskId : token));
    const revealed = noisy.map((token) => (maskId === null || token === maskId ? null : token));
    const logits = sameLogits ? first.raw.logits : other.raw.logits;
    return { ...other, noisy, raw: { ...other.raw, logits, maskId, revealed } };
  });
  const pass = await onePass(backend, cases, width);
  return { pass, cases: cases.map((each) => ({ ...each, distribution: cleanPrediction(each.raw) })) };
}

function finite(given: RandomCase): RandomCase {
  const logits = given.raw.logits.map((value) => Math.max(value, -4000));
  return { ...given, raw: { ...given.raw, logits } };
}

async function inPass(cases: Cases, use: (cases: Cases) => Promise<void>): Promise<void> {
  await use(cases);
  for (const prediction of cases.pass.predictions) prediction.release();
  cases.pass.denoiser.dispose();
}

/** What is impossible is 4000 nats away in these logits, further than scores tell apart. */
const { expectNumbers, expectDrawn, expectBest } = expectations(1e-5);

const at = <T>(values: readonly T[], index: number): T => {
  const value = values[index];
  if (value === undefined) throw new Error(`nothing at ${index}`);
  return value;
};

describe('a device answers as the host does', () => {
  it('draws, and the most probable token', () =>
    fc.assert(
      fc.asyncProperty(settings, seeds, async (chosen, seed) =>
        inPass(await casesOf(seededRandom(seed), chosen, 2), async ({ cases, pass }) => {
          const found = await pass.answers(
            pass.predictions.flatMap((prediction, row): Question[] => [
              { ask: 'sample', prediction, uniforms: at(cases, row).uniforms },
              { ask: 'argmax', prediction },
            ]),
          );
          cases.forEach(({ distribution, uniforms }, row) => {
            expectDrawn(found[2 * row], distribution, distribution.probabilities, uniforms);
            expectBest(found[2 * row + 1], distribution);
          });
        }),
      ),
      runs,
    ));

  it('draws from the posterior', () =>
    fc.assert(
      fc.asyncProperty(settings, seeds, async (chosen, seed) => {
        const random = seededRandom(seed);
        await inPass(await casesOf(random, chosen, 2), async ({ cases, pass }) => {
          const steps = cases.map(({ raw, noisy }) => {
            const [alphaT = 0, alphaS = 1] = [0, 1, random(), random(), random()]
              .sort(() => random() - 0.5)
              .slice(0, 2)
              .sort((a, b) => a - b);
            const most = raw.maskId === null ? 1 : largestSigma({ alphaT, alphaS });
            const sigma =
              random() < 0.5 ? undefined : noisy.map(() => most * ([0, 1, random()][Math.floor(random() * 3)] ?? 0));
            return { alphaT, alphaS, ...(sigma && { sigma }) };
          });
          const found = await pass.answers(
            pass.predictions.map((prediction, row) => ({
              ask: 'posterior',
              prediction,
              ...at(steps, row),
              uniforms: at(cases, row).uniforms,
            })),
          );
          cases.forEach(({ distribution, raw, noisy, uniforms }, row) => {
            const weights = posterior(distribution, noisy, raw.maskId, at(steps, row));
            expectDrawn(found[row], distribution, weights, uniforms);
          });
        });
      }),
      runs,
    ));

  it('scores', () =>
    fc.assert(
      fc.asyncProperty(settings, seeds, async (chosen, seed) =>
        inPass(await casesOf(seededRandom(seed), chosen, 2), async ({ cases, pass }) => {
          const given = cases.map(({ tokens, noisy, raw }) => [tokens, noisy, tokens.map(() => raw.vocabularySize)]);
          const found = await pass.answers(
            pass.predictions.flatMap((prediction, row): Question[] => [
              ...uncertainties.map((measure) => ({ ask: 'uncertainty', prediction, measure }) as const),
              ...at(given, row).flatMap((tokens) =>
                tokenScores.map((measure) => ({ ask: 'token-score', prediction, tokens, measure }) as const),
              ),
            ]),
          );
          const expected = cases.flatMap(({ distribution }, row) => [
            ...uncertainties.map((measure) => uncertainty(distribution, measure)),
            ...at(given, row).flatMap((each) => tokenScores.map((measure) => tokenScore(distribution, each, measure))),
          ]);
          expected.forEach((values, index) => expectNumbers(found[index], values));
        }),
      ),
      runs,
    ));

  it('divergences', () =>
    fc.assert(
      fc.asyncProperty(settings, seeds, fc.boolean(), async (chosen, seed, alike) =>
        inPass(await casesOf(seededRandom(seed), chosen, 3, alike), async ({ cases, pass }) => {
          const pairs = [
            [0, 1],
            [1, 2],
            [2, 2],
          ].map(([p = 0, q = 0]) => [p, q] as const);
          const found = await pass.answers(
            pairs.flatMap(([p, q]) =>
              divergences.map(
                (measure) =>
                  ({
                    ask: 'divergence',
                    prediction: at(pass.predictions, p),
                    other: at(pass.predictions, q),
                    measure,
                  }) as const,
              ),
            ),
          );
          const expected = pairs.flatMap(([p, q]) =>
            divergences.map((measure) => divergence(at(cases, p).distribution, at(cases, q).distribution, measure)),
          );
          expected.forEach((values, index) => expectNumbers(found[index], values));
        }),
      ),
      runs,
    ));
});

describe('predictions made from predictions', () => {
  const shapes: fc.Arbitrary<Shape> = fc.oneof(
    fc.record({ shape: fc.constant('temperature' as const), value: fc.constantFrom(0, 0.2, 1, 3) }),
    fc.record({ shape: fc.constant('top-k' as const), count: fc.constantFrom(1, 2, 3, 7, 40) }),
    fc.record({
      shape: fc.constant('nucleus' as const),
      mass: fc.constantFrom(0, 0.1037, 0.5171, 0.83129, 0.98917, 1),
    }),
    fc.record({ shape: fc.constant('min-p' as const), ratio: fc.constantFrom(0, 0.01, 0.37, 0.9, 1) }),
  );

  it.each([false, true])('answer as on the host (beside others of the same shape: %s)', (together) =>
    fc.assert(
      fc.asyncProperty(settings, shapes, shapes, seeds, async (chosen, first, second, seed) => {
        await inPass(
          await casesOf(seededRandom(seed), { ...chosen, temperature: chosen.temperature || 1 }, 2),
          async ({ cases, pass }) => {
            const rows = together ? [0, 1] : [0];
            const made = rows.map((row): [Prediction, Distribution] => {
              const middle = at(pass.predictions, row).shaped(first);
              const last = middle.shaped(second);
              middle.release();
              return [last, reshape(reshape(at(cases, row).distribution, first), second)];
            });
            const found = await pass.answers(
              made.flatMap(([prediction], row): Question[] => [
                { ask: 'sample', prediction, uniforms: at(cases, row).uniforms },
                { ask: 'argmax', prediction },
                { ask: 'uncertainty', prediction, measure: 'entropy' },
              ]),
            );
            made.forEach(([prediction, distribution], row) => {
              expectDrawn(found[3 * row], distribution, distribution.probabilities, at(cases, row).uniforms);
              expectBest(found[3 * row + 1], distribution);
              expectNumbers(found[3 * row + 2], uncertainty(distribution, 'entropy'));
              prediction.release();
            });
          },
        );
      }),
      { ...runs, numRuns: 150 },
    ),
  );

  it('residuals', () =>
    fc.assert(
      fc.asyncProperty(settings, seeds, fc.constantFrom(0, 0.5, 1), async (chosen, seed, value) =>
        inPass(await casesOf(seededRandom(seed), chosen, 2), async ({ cases, pass }) => {
          const [p, q] = [at(pass.predictions, 0), at(pass.predictions, 1)];
          const shape = { shape: 'temperature', value } as const;
          const sharp = q.shaped(shape);
          const rest = p.residual(sharp);
          const itself = p.residual(p);
          const expected = residual(at(cases, 0).distribution, reshape(at(cases, 1).distribution, shape));
          const [drawn, doubt, same] = await pass.answers([
            { ask: 'sample', prediction: rest, uniforms: at(cases, 0).uniforms },
            { ask: 'uncertainty', prediction: rest, measure: 'confidence' },
            { ask: 'divergence', prediction: itself, other: p, measure: 'tvd' },
          ]);
          // Where hardly anything is left it is made of rounding, on the host as well.
          const left = at(cases, 0).raw.revealed.map((_, position) => {
            const [of, by] = [at(cases, 0).distribution, reshape(at(cases, 1).distribution, shape)];
            const others = rowOf(by.probabilities, position, by.vocabularySize);
            return rowOf(of.probabilities, position, of.vocabularySize).reduce(
              (sum, each, token) => sum + Math.max(0, each - (others[token] ?? 0)),
              0,
            );
          });
          if (left.every((mass) => mass > 0.1)) {
            expectDrawn(drawn, expected, expected.probabilities, at(cases, 0).uniforms);
            expectNumbers(doubt, uncertainty(expected, 'confidence'));
          }
          expectNumbers(
            same,
            left.map(() => 0),
          );
          for (const prediction of [sharp, rest, itself]) prediction.release();
        }),
      ),
      runs,
    ));
});
