import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Answers, Question } from '../../src/graph/effects.js';
import { answerQuestion, type QuestionAbout } from '../../src/models/questions/answer.js';
import { cleanPrediction, type RawPrediction } from '../../src/models/questions/distribution.js';
import { loadTensorBackend } from '../../src/models/tfjs/load.js';
import { testedTensors } from '../support/tensors.js';
import { answersTo, held, useAnswerers } from './onnx/questions/support.js';
import { answersOnDevice } from './onnx/support/device-answers.js';
import { onePass } from './tfjs/device/support.js';

const tensor = z.object({ shape: z.array(z.number()), data: z.array(z.number()) });
const fixture = z.object({
  vocabSize: z.number(),
  maskIndex: z.number().nullable(),
  noisy: z.array(z.number()),
  draft: z.array(z.number()),
  arLogits: tensor,
  diffusionLogits: tensor,
  cases: z.array(z.object({ temperature: z.number(), scores: z.record(z.string(), z.array(z.number())) })).length(4),
});

/** The predictions of one case and what is asked of them. */
interface Case {
  readonly name: string;
  readonly ar: RawPrediction;
  readonly diffusion: RawPrediction;
  readonly noisy: readonly number[];
  readonly draft: readonly number[];
  readonly scores: Readonly<Record<string, readonly number[]>>;
}

const cases = ['absorbing', 'uniform'].flatMap((process): Case[] => {
  const file = new URL(`../fixtures/scores/${process}.json`, import.meta.url);
  const { vocabSize, maskIndex, noisy, draft, ...found } = fixture.parse(JSON.parse(readFileSync(file, 'utf8')));
  return found.cases.map(({ temperature, scores }) => {
    const common = { vocabularySize: vocabSize, maskId: maskIndex, temperature };
    const revealed = noisy.map((token) => (maskIndex === null || token === maskIndex ? null : token));
    return {
      name: `${process} noise, temperature ${temperature}`,
      ar: { ...common, logits: Float32Array.from(found.arLogits.data), revealed: draft.map(() => null) },
      diffusion: { ...common, logits: Float32Array.from(found.diffusionLogits.data), revealed },
      noisy,
      draft,
      scores,
    };
  });
});

type Answer = Answers[Question['ask']];

/** Every score of a case as a question. */
function questionsOf<P>({ scores, draft: tokens }: Case, ar: P, diffusion: P): QuestionAbout<P>[] {
  return Object.keys(scores).map((name): QuestionAbout<P> => {
    switch (name) {
      case 'divergence/kld':
      case 'divergence/reverse_kld':
      case 'divergence/tvd':
        return { ask: 'divergence', prediction: ar, other: diffusion, measure: lastPart(name) };
      case 'diffusion_metric/entropy':
      case 'diffusion_metric/confidence':
      case 'diffusion_metric/margin':
        return { ask: 'uncertainty', prediction: diffusion, measure: lastPart(name) };
      case 'ar_metric/nll':
      case 'ar_metric/gap_to_top1':
      case 'ar_metric/entropy':
        return { ask: 'token-score', prediction: ar, tokens, measure: lastPart(name) };
      default:
        throw new Error(`no question for ${name}`);
    }
  });
}

const lastPart = <const M extends string>(name: `${string}/${M}`): M => name.slice(name.indexOf('/') + 1) as M;

function expectScores(
  { scores }: Case,
  answers: readonly Answer[],
  rounding: { readonly relative: number; readonly absolute: number },
): void {
  expect(answers).toHaveLength(9);
  Object.entries(scores).forEach(([name, expected], index) => {
    const found = answers[index];
    if (!Array.isArray(found)) throw new Error('not an answer of numbers');
    expect(found).toHaveLength(expected.length);
    expected.forEach((value, position) => {
      const difference = Math.abs(Number(found[position]) - value);
      const message = `${name} at ${position}: ${String(found[position])} for ${value}`;
      expect(difference, message).toBeLessThan(rounding.absolute + rounding.relative * Math.abs(value));
    });
  });
}

describe.each(cases)('scores of the reference: $name', (given) => {
  const answererFor = useAnswerers();

  it('on the host, in double precision', () => {
    const ar = cleanPrediction(given.ar);
    const diffusion = cleanPrediction(given.diffusion);
    const answers = questionsOf(given, ar, diffusion).map((question) =>
      answerQuestion(question, given.ar.maskId, (distribution) => ({ positions: 6, noisy: null, distribution })),
    );
    expectScores(given, answers, { relative: 1e-10, absolute: 1e-10 });
  });

  it('by graphs of ONNX Runtime over two segments', async () => {
    const answerer = await answererFor(given.ar.vocabularySize);
    const answers = await answersTo(answerer, questionsOf(given, held(given.ar), held(given.diffusion, given.noisy)));
    expectScores(given, answers, { relative: 1e-6, absolute: 1e-6 });
  });

  it('by graphs of ONNX Runtime as on a device', async () => {
    const answers = await answersOnDevice([given.ar, given.diffusion], ([ar, diffusion]) =>
      questionsOf(given, ar, diffusion),
    );
    expectScores(given, answers, { relative: 1e-6, absolute: 1e-6 });
  });

  it('by tensors as on a device, in single precision', async () => {
    // Both predictions come from denoise calls, which reveal what is not the mask: the AR mode's block is all masks.
    const masks = given.draft.map((token) => given.ar.maskId ?? token);
    const backend = await loadTensorBackend(testedTensors);
    const pass = await onePass(
      backend,
      [
        { raw: given.ar, noisy: masks },
        { raw: given.diffusion, noisy: given.noisy },
      ],
      128,
    );
    const [ar, diffusion] = pass.predictions;
    if (ar === undefined || diffusion === undefined) throw new Error('no predictions');
    expectScores(given, await pass.answers(questionsOf(given, ar, diffusion)), { relative: 2e-6, absolute: 2e-6 });
    for (const prediction of pass.predictions) prediction.release();
    pass.denoiser.dispose();
  });
});
