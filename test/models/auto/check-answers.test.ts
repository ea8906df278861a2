import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Question } from '../../../src/graph/effects.js';
import { objectionToAnswers } from '../../../src/models/auto/check-answers.js';
import { parityCase } from '../../../src/models/auto/parity-case.js';
import { withCheckpoint, placeOf } from '../../../src/models/checkpoint/folder.js';
import { manifestOf } from '../../../src/models/manifest-of.js';
import type { ParitySubject } from '../../../src/models/parity/subject.js';
import { paritySubject } from '../../../src/models/verify.js';
import { writeModel } from '../support/random-model.js';

const subjectOf = (folder: string): Promise<ParitySubject> =>
  withCheckpoint(folder, (checkpoint) =>
    paritySubject(folder, checkpoint, { backend: 'wasm' }, manifestOf(checkpoint, placeOf(folder), null), {}),
  );

let subject: ParitySubject;
beforeAll(async () => {
  subject = await subjectOf(await writeModel());
});
afterAll(() => subject.dispose());

it.each([
  parityCase,
  // The autoregressive baseline.
  join(dirname(parityCase), 'dit-ar'),
  { process: 'uniform' as const },
  { type: 'dit' as const },
  { x0Causal: false },
])('has nothing against a backend that computes rightly: %j', async (model) => {
  const folder = typeof model === 'string' ? model : await writeModel(model);
  const right = await subjectOf(folder);
  expect(await objectionToAnswers(right)).toBeNull();
  expect(right.denoiser.live).toBe(0);
  right.dispose();
});

it.each([0.01, NaN])('objects where logits are not those that were answered from: %d', async (shift) => {
  const other: ParitySubject = {
    ...subject,
    logits: async (prediction) =>
      (await subject.logits(prediction)).map((value, i) => (i % 29 === 3 && i > 29 ? value + 10 * shift : value)),
  };
  expect(await objectionToAnswers(other)).toMatch(/^its answers are not those that its logits give \(position [12]\)/);
});

it.each<[string, (question: Question) => Question]>([
  ['draws', (it) => (it.ask === 'sample' ? { ...it, uniforms: it.uniforms.map((u) => (u + 0.5) % 1) } : it)],
  ['measures', (it) => (it.ask === 'uncertainty' ? { ...it, measure: 'margin' } : it)],
])('objects to wrong %s', async (_, change) => {
  const { denoiser } = subject;
  const answer: typeof denoiser.answer = async (questions) => {
    const answers = await denoiser.answer(questions.map(change));
    // eslint-disable-next-line @typescript-eslint/no-explicit-any -- answers to changed questions stand for those to the others
    return answers as any;
  };
  const wrong = new Proxy(denoiser, {
    get: (target, name) => {
      if (name === 'answer') return answer;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  expect(await objectionToAnswers({ ...subject, denoiser: wrong })).toMatch(/^its answers are not/);
  expect(denoiser.live).toBe(0);
});
