import { describe, expect, it } from 'vitest';
import type { Prediction } from '../../src/graph/values.js';
import { arScore, denoise, forward, waiting } from './support/calls.js';
import { smallModel, writeModel } from './support/random-model.js';
import { openTested, testedBackends, useModel } from './support/use-model.js';

const mask = smallModel.vocabulary - 1;
const noisy = [mask, 3, mask];
const uniforms = [0.1, 0.5, 0.9];

describe.each(testedBackends)('predictions made from predictions on %s', (backend) => {
  const model = useModel({ backend });

  /** The prediction for a block, or of a draft's AR scores, behind four tokens. */
  async function predict(call: 'denoise' | 'ar-score', temperature = 1): Promise<Prediction> {
    const cache = waiting(model(), [1, 2, 3, 4]);
    const asked = call === 'denoise' ? denoise(cache, noisy, { temperature }) : arScore(cache, [5, 6, 7], noisy);
    const [reply] = await forward(model(), [asked]);
    cache.release();
    if (reply === undefined) throw new Error('no reply');
    reply.cache.release();
    return reply.prediction;
  }

  const greedy = { shape: 'temperature', value: 0 } as const;

  it('answer what the prediction answers that they were made from, also when that is released', async () => {
    const prediction = await predict('denoise');
    const sharper = prediction.shaped({ shape: 'temperature', value: 0.5 });
    const narrow = sharper.shaped({ shape: 'top-k', count: 1 });
    prediction.release();
    sharper.release();
    const cold = await predict('denoise', 0);
    const [drawn, best, fromPosterior, doubt, coldest] = await model().answer([
      { ask: 'sample', prediction: narrow, uniforms },
      { ask: 'argmax', prediction: cold },
      { ask: 'posterior', prediction: narrow, alphaT: 0.5, alphaS: 1, uniforms },
      { ask: 'uncertainty', prediction: narrow, measure: 'confidence' },
      { ask: 'divergence', prediction: narrow, other: cold, measure: 'tvd' },
    ]);
    expect(drawn).toEqual(best);
    expect(fromPosterior).toEqual(best);
    expect(doubt).toEqual({ ok: true, value: [-1, -1, -1] });
    expect(coldest).toEqual({ ok: true, value: [0, 0, 0] });
    expect(narrow.positions).toBe(3);
    narrow.release();
    cold.release();
  });

  it('temper as the forward itself would', async () => {
    const prediction = await predict('denoise');
    const tempered = prediction.shaped({ shape: 'temperature', value: 0.3 });
    const direct = await predict('denoise', 0.3);
    const [distance] = await model().answer([
      { ask: 'divergence', prediction: tempered, other: direct, measure: 'tvd' },
    ]);
    if (!distance.ok) throw new Error('no answer');
    for (const value of distance.value) expect(value).toBeLessThan(1e-9);
    for (const handle of [prediction, tempered, direct]) handle.release();
  });

  it('keep both predictions of a residual until it is computed', async () => {
    const ar = await predict('ar-score');
    const proposal = await predict('denoise');
    const rest = ar.residual(proposal);
    const best = proposal.shaped(greedy);
    ar.release();
    proposal.release();
    const [drawn, proposed] = await model().answer([
      { ask: 'sample', prediction: rest, uniforms },
      { ask: 'argmax', prediction: best },
    ]);
    if (!drawn.ok || !proposed.ok) throw new Error('no answer');
    // The position that is revealed has all of the proposal's mass on its token, which leaves the others.
    expect(proposed.value.tokens[1]).toBe(3);
    expect(drawn.value.tokens[1]).not.toBe(3);
    rest.release();
    best.release();
  });

  it('are computed once each, however many are made from them', async () => {
    const steps = 40;
    const asked: (readonly number[])[] = [];
    /** Each step doubles what a tree would have to compute. */
    const deepen = (prediction: Prediction, step: number): Prediction => {
      const tempered = prediction.shaped({ shape: 'temperature', value: 1 + (step % 3) / 2 });
      const rest = prediction.residual(tempered);
      tempered.release();
      prediction.release();
      return rest;
    };
    for (const eachStep of [true, false]) {
      let prediction = await predict('denoise');
      for (let step = 0; step < steps; step += 1) {
        prediction = deepen(prediction, step);
        if (!eachStep && step < steps - 1) continue;
        const [score] = await model().answer([
          { ask: 'token-score', prediction, tokens: [1, 3, 2], measure: 'confidence' },
        ]);
        if (!score.ok) throw score.error;
        if (step === steps - 1) asked.push(score.value);
      }
      prediction.release();
    }
    const [stepByStep = [], atOnce = []] = asked;
    expect(atOnce).toHaveLength(3);
    atOnce.forEach((score, position) => expect(score).toBeCloseTo(stepByStep[position] ?? NaN, 5));
  });

  // A step on tensors is some operations of the library, and a call of a function elsewhere.
  const depth = backend === 'device' ? 4000 : 20_000;

  it(`may lie ${depth} deep`, async () => {
    const first = await predict('denoise');
    let prediction = first;
    prediction.retain();
    for (let step = 0; step < depth; step += 1) {
      // The most probable token stays the same, whatever the temperature.
      const next = prediction.shaped({ shape: 'temperature', value: step % 2 === 0 ? 0.5 : 2 });
      prediction.release();
      prediction = next;
    }
    const cut = prediction.shaped({ shape: 'top-k', count: 3 });
    const [deep, plain] = await model().answer([
      { ask: 'argmax', prediction: cut },
      { ask: 'argmax', prediction: first },
    ]);
    if (!deep.ok || !plain.ok) throw new Error('no answer');
    expect(deep.value.tokens).toEqual(plain.value.tokens);
    for (const handle of [first, prediction, cut]) handle.release();
  });

  it('of AR scores have no posterior, and a sigma for each position is needed', async () => {
    const ar = await predict('ar-score');
    const narrow = ar.shaped({ shape: 'nucleus', mass: 0.5 });
    const plain = await predict('denoise');
    const answers = await model().answer([
      { ask: 'posterior', prediction: narrow, alphaT: 0.5, alphaS: 1, uniforms },
      { ask: 'posterior', prediction: plain, alphaT: 0.5, alphaS: 0.6, sigma: [0, 0], uniforms },
      { ask: 'posterior', prediction: plain, alphaT: 0.5, alphaS: 0.6, sigma: [0, 0.81, 0], uniforms },
      { ask: 'posterior', prediction: plain, alphaT: 0.5, alphaS: 0.6, sigma: [0, 0.8, 0], uniforms },
    ]);
    expect(answers.map((answer) => (answer.ok ? 'answer' : answer.error.message))).toEqual([
      expect.stringMatching(/AR scores have none/),
      'posterior: 2 values of sigma for 3 positions',
      expect.stringMatching(/sigma.* from 0 to 0.8.*found 0.81/),
      'answer',
    ]);
    for (const handle of [ar, narrow, plain]) handle.release();
  });

  it('are not made from what is released or of another model', async () => {
    const prediction = await predict('denoise');
    const other = await openTested(await writeModel({ seed: 2 }), backend);
    const cache = waiting(other, [1]);
    const [reply] = await forward(other, [denoise(cache, noisy)]);
    if (reply === undefined) throw new Error('no reply');
    expect(() => prediction.residual(reply.prediction)).toThrow(/of one model/);
    for (const handle of [cache, reply.cache, reply.prediction]) handle.release();
    expect(other.live).toBe(0);
    other.dispose();
    prediction.release();
    expect(() => prediction.shaped(greedy)).toThrow(/released already/);
    expect(() => prediction.residual(prediction)).toThrow(/released already/);
  });
});
