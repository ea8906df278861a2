import { describe, expect, it, vi } from 'vitest';
import { seededRandom } from '../../../../scripts/seeded-random.js';
import { divergences } from '../../../../src/graph/effects.js';
import type { HeldPrediction, HeldQuestion } from '../../../../src/models/onnx/questions/answerer.js';
import { createAnswerer } from '../../../../src/models/onnx/questions/create.js';
import { loadOnnxRuntime } from '../../../../src/models/onnx/runtime.js';
import { cleanPrediction, type RawPrediction } from '../../../../src/models/questions/distribution.js';
import { posterior } from '../../../../src/models/questions/posterior.js';
import { residual, reshape } from '../../../../src/models/questions/reshape.js';
import { inverseCdf } from '../../../../src/models/questions/sampling.js';
import { tokenScore } from '../../../../src/models/questions/token-score.js';
import { uncertainty } from '../../../../src/models/questions/uncertainty.js';
import { chiSquareDeviate } from '../../../support/chi-square.js';
import { answersTo, held, randomCase, useAnswerers, onHost } from './support.js';

const answererFor = useAnswerers();

describe('an answer', () => {
  const vocabularySize = 777;
  const perPrediction = 3;

  /** Predictions whose logits lie one behind the other in one buffer, as those of a pass do. */
  function neighbours(temperatures: readonly number[]): ReturnType<typeof held>[] {
    const random = seededRandom(11);
    const each = perPrediction * vocabularySize;
    const buffer = new Float32Array(temperatures.length * each).map(() => 12 * random() - 6);
    return temperatures.map((temperature, index) =>
      held(
        {
          logits: buffer.subarray(index * each, (index + 1) * each),
          vocabularySize,
          temperature,
          maskId: 700,
          revealed: [null, index % 2 === 0 ? 5 : null, null],
        },
        [700, 5, 700],
      ),
    );
  }

  /** All that can be asked, of every prediction; handles are new each time, so that nothing is known of them. */
  function questionsOf(predictions: readonly HeldPrediction[], other: HeldPrediction): HeldQuestion[] {
    const [uniforms, tokens] = [
      [0.1, 0.5, 0.9],
      [1, 700, 300],
    ];
    return predictions.flatMap((prediction): HeldQuestion[] => [
      { ask: 'sample', prediction, uniforms },
      { ask: 'posterior', prediction, alphaT: 0.2, alphaS: 0.6, uniforms },
      { ask: 'argmax', prediction },
      { ask: 'uncertainty', prediction, measure: 'entropy' },
      { ask: 'uncertainty', prediction, measure: 'margin' },
      { ask: 'token-score', prediction, tokens, measure: 'nll' },
      ...divergences.map((measure): HeldQuestion => ({ ask: 'divergence', prediction, other, measure })),
    ]);
  }

  it('about a position is the same, bit for bit, whatever is asked beside it', async () => {
    const temperatures = [1, 0.7, 0, 1, 1, 3, 1, 1, 1, 0.7, 1];
    const all = () => neighbours(temperatures);
    const answerer = await answererFor(vocabularySize);
    const [another] = neighbours([1]);
    if (another === undefined) throw new Error('no prediction');
    const together = await answersTo(answerer, questionsOf(all(), another));
    const alone = [];
    for (const index of questionsOf(all(), another).keys()) {
      const question = questionsOf(all(), { ...another }).at(index);
      if (question !== undefined) alone.push(...(await answersTo(answerer, [question])));
    }
    expect(together).toEqual(alone);
  });

  it('is the same for a prediction that has been asked before, and beside the same logits at another temperature', async () => {
    const answerer = await answererFor(vocabularySize);
    const entropyOf = (prediction: HeldPrediction): HeldQuestion => ({
      ask: 'uncertainty',
      prediction,
      measure: 'entropy',
    });
    const colder = (of: HeldPrediction): HeldPrediction => ({
      from: 'shape',
      of,
      shape: { shape: 'temperature', value: 0.5 },
    });
    const [[first], [second]] = [neighbours([1]), neighbours([1])];
    if (first === undefined || second === undefined) throw new Error('no prediction');
    const fresh = [
      ...(await answersTo(answerer, [entropyOf(first)])),
      ...(await answersTo(answerer, [entropyOf(colder(first))])),
    ];
    await answersTo(answerer, [{ ask: 'argmax', prediction: second }]);
    expect(await answersTo(answerer, [entropyOf(second), entropyOf(colder(second))])).toEqual(fresh);
    expect(fresh[0]).not.toEqual(fresh[1]);
  });

  it('is as exact where one token has nearly all of the mass', async () => {
    const logits = Float32Array.from({ length: vocabularySize }, (_, token) => (token === 400 ? 20 : token / 777));
    const raw = { logits, vocabularySize, temperature: 1, maskId: null, revealed: [null] };
    const prediction = held(raw);
    const found = await answersTo(await answererFor(vocabularySize), [
      { ask: 'token-score', prediction, tokens: [400], measure: 'nll' },
      { ask: 'uncertainty', prediction, measure: 'entropy' },
    ]);
    const clean = cleanPrediction(raw);
    const expected = [tokenScore(clean, [400], 'nll'), uncertainty(clean, 'entropy')];
    expected.flat().forEach((value, index) => {
      expect(value).toBeLessThan(1e-4);
      expect(Number(found.flat()[index]) / value).toBeCloseTo(1, 6);
    });
  });

  it('is the same when two ask at once', async () => {
    const answerer = await answererFor(vocabularySize);
    const [one, two] = neighbours([1, 1]);
    if (one === undefined || two === undefined) throw new Error('no prediction');
    const questions = questionsOf([one, two], one);
    const both = await Promise.all([answersTo(answerer, questions), answersTo(answerer, questions)]);
    expect(both[0]).toEqual(both[1]);
  });

  it('reads the rows that it is about, and leaves the logits as they were', async () => {
    const predictions = neighbours([1, 0, 1]);
    const before = predictions.map(({ raw }) => raw.logits.values().slice());
    const answers = await answersTo(
      await answererFor(vocabularySize),
      [...predictions, ...predictions].map((prediction) => ({ ask: 'argmax', prediction })),
    );
    expect(predictions.map(({ raw }) => raw.logits.values())).toEqual(before);
    expect(answers.map((answer) => ('tokens' in answer ? answer.tokens : []))).toEqual(
      [...predictions, ...predictions].map(({ raw }) => {
        const { probabilities } = cleanPrediction({ ...onHost(raw), temperature: 0 });
        return raw.revealed.map((_, position) =>
          probabilities.subarray(position * vocabularySize, (position + 1) * vocabularySize).indexOf(1),
        );
      }),
    );
  });

  it('comes from the host for what is made of predictions, and for small vocabularies', async () => {
    const [p, q] = neighbours([1, 0.5]);
    if (p === undefined || q === undefined) throw new Error('no prediction');
    const shape = { shape: 'nucleus', mass: 0.3 } as const;
    const [shaped, rest, across] = await answersTo(await answererFor(vocabularySize), [
      { ask: 'uncertainty', prediction: { from: 'shape', of: p, shape }, measure: 'entropy' },
      { ask: 'uncertainty', prediction: { from: 'residual', of: p, other: q }, measure: 'entropy' },
      { ask: 'divergence', prediction: p, other: { from: 'shape', of: p, shape }, measure: 'tvd' },
    ]);
    const [own, other] = [cleanPrediction(onHost(p.raw)), cleanPrediction(onHost(q.raw))];
    expect(shaped).toEqual(uncertainty(reshape(own, shape), 'entropy'));
    expect(rest).toEqual(uncertainty(residual(own, other), 'entropy'));
    expect(across).toHaveLength(perPrediction);
    const small = await createAnswerer(await loadOnnxRuntime(), { vocabularySize, threads: 1 });
    expect(await answersTo(small, [{ ask: 'uncertainty', prediction: p, measure: 'entropy' }])).toEqual([
      uncertainty(own, 'entropy'),
    ]);
    await small.dispose();
  });

  it('to a question that does not fit is an error, and the others are answered', async () => {
    const [p] = neighbours([1]);
    if (p === undefined) throw new Error('no prediction');
    const uniforms = [0.5, 0.5, 0.5];
    const short = held({ ...p.raw, logits: p.raw.logits.values().subarray(0, vocabularySize), revealed: [null] });
    const shape = { shape: 'top-k', count: 3 } as const;
    const step = { alphaT: 0.2, alphaS: 0.6 };
    const questions: HeldQuestion[] = [
      { ask: 'sample', prediction: p, uniforms: [0.5] },
      { ask: 'sample', prediction: p, uniforms },
      { ask: 'posterior', prediction: p, ...step, uniforms: [] },
      { ask: 'posterior', prediction: { ...p, noisy: null }, ...step, uniforms },
      { ask: 'posterior', prediction: p, ...step, sigma: [0.1], uniforms },
      { ask: 'posterior', prediction: p, ...step, sigma: [0.1, 0.1, 7], uniforms },
      { ask: 'posterior', prediction: p, alphaT: 0.7, alphaS: 0.6, uniforms },
      { ask: 'token-score', prediction: p, tokens: [1, 2], measure: 'nll' },
      { ask: 'divergence', prediction: p, other: short, measure: 'kld' },
      { ask: 'argmax', prediction: p },
      { ask: 'sample', prediction: { from: 'shape', of: p, shape }, uniforms: [] },
    ];
    const settled = await (await answererFor(vocabularySize)).answer(questions);
    expect(settled.map((reply) => (reply.ok ? 'answered' : reply.error.message))).toEqual([
      'sample: 1 uniforms for 3 positions',
      'answered',
      'posterior: 0 uniforms for 3 positions',
      'posterior: AR scores have none, only the prediction of a denoise call has',
      'posterior: 1 values of sigma for 3 positions',
      expect.stringMatching(/^sigma, .* from 0 to 1 on the way from alpha 0.2 to 0.6, found 7$/),
      'a posterior needs 0 <= alpha_t <= alpha_s <= 1, found 0.7 and 0.6',
      'token-score: 2 tokens for 3 positions',
      `a divergence needs two predictions of the same shape, found [3, ${vocabularySize}] and [1, ${vocabularySize}]`,
      'answered',
      'sample: 0 uniforms for 3 positions',
    ]);
  });

  it('that a graph fails for is an error, what the host answers is none, and the graph is tried again', async () => {
    const runtime = await loadOnnxRuntime();
    const create = vi.spyOn(runtime.InferenceSession, 'create').mockRejectedValueOnce(new Error('no memory'));
    const answerer = await createAnswerer(runtime, { vocabularySize, threads: 1, graphsFrom: 0 });
    const [p] = neighbours([1]);
    if (p === undefined) throw new Error('no prediction');
    const questions: HeldQuestion[] = [
      { ask: 'argmax', prediction: p },
      { ask: 'argmax', prediction: { from: 'shape', of: p, shape: { shape: 'top-k', count: 3 } } },
    ];
    const [broken, whole] = await answerer.answer(questions);
    expect(broken).toEqual({ ok: false, error: new Error('no memory') });
    expect(whole?.ok).toBe(true);
    expect((await answerer.answer(questions)).map(({ ok }) => ok)).toEqual([true, true]);
    create.mockRestore();
    await answerer.dispose();
  });
});

describe('draws by graphs', () => {
  it.each([
    { absorbing: true, temperature: 1 },
    { absorbing: false, temperature: 1.7 },
  ])('have exactly the distribution of the posterior: %o', async ({ absorbing, temperature }) => {
    const [vocabularySize, positions, draws] = [600, 4, 1000];
    const random = seededRandom(3);
    const { raw, noisy } = randomCase(random, { vocabularySize, positions, temperature, absorbing });
    // A few tokens in some of the segments, the first and the last one among them.
    const few = [0, 3, 127, 128, 300, 599];
    const logits = raw.logits.map((_, i) => (few.includes(i % vocabularySize) ? 2 * random() : -Infinity));
    const prediction: RawPrediction = {
      ...raw,
      logits,
      maskId: absorbing ? 10 : null,
      revealed: noisy.map(() => null),
    };
    const block = noisy.map((token) => (absorbing ? 10 : token));
    const step = { alphaT: 0.3, alphaS: 0.6 };
    const weights = posterior(cleanPrediction(prediction), block, prediction.maskId, step);
    const counts = block.map(() => new Map<string, number>());
    const answers = await answersTo(
      await answererFor(vocabularySize),
      Array.from({ length: draws }, () => ({
        ask: 'posterior',
        prediction: held(prediction, block),
        ...step,
        uniforms: block.map(random),
      })),
    );
    for (const answer of answers) {
      if (!('tokens' in answer)) throw new Error('not an answer of tokens');
      answer.tokens.forEach((token, i) => counts[i]?.set(String(token), (counts[i].get(String(token)) ?? 0) + 1));
    }
    counts.forEach((observed, position) => {
      const row = weights.subarray(position * vocabularySize, (position + 1) * vocabularySize);
      const expected = new Map([...row].map((p, token) => [String(token), p]));
      expect(chiSquareDeviate(observed, expected).deviate).toBeLessThan(4.75);
    });
  });

  it('never give the mask or what is impossible, at either end of [0, 1)', async () => {
    const vocabularySize = 1000;
    const logits = new Float32Array(vocabularySize).fill(-Infinity);
    const possible = [300, 301, 511];
    for (const token of [...possible, 999]) logits[token] = token === 999 ? 88 : 0;
    const raw = { logits, vocabularySize, temperature: 1, maskId: 999, revealed: [null] };
    const probabilities = Float64Array.from({ length: vocabularySize }, (_, v) => (possible.includes(v) ? 1 / 3 : 0));
    for (const uniform of [0, 0.32, 0.34, 0.99, 1 - 2 ** -53]) {
      const [answer] = await answersTo(await answererFor(vocabularySize), [
        { ask: 'sample', prediction: held(raw), uniforms: [uniform] },
      ]);
      expect(answer).toEqual({
        tokens: [inverseCdf(probabilities, uniform)],
        probabilities: [expect.closeTo(1 / 3, 9)],
      });
    }
  });
});
