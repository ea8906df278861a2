import { match } from 'ts-pattern';
import type { Answers, Question } from '../../graph/effects.js';
import type { Distribution } from './distribution.js';
import { divergence } from './divergence.js';
import { noisyBlock, onePerPosition } from './fit.js';
import { samplePosterior } from './posterior.js';
import { mostProbable, sample } from './sampling.js';
import { tokenScore } from './token-score.js';
import { uncertainty } from './uncertainty.js';

/** A question with a `P` in place of each handle of a prediction. */
export type QuestionAbout<P> = About<Question, P>;

type About<Q, P> = Q extends Question
  ? { readonly [K in keyof Q]: K extends 'prediction' | 'other' ? P : Q[K] }
  : never;

/** A prediction whose distribution is on the host. */
export interface OnHost {
  readonly positions: number;
  /** The block that a denoise call was made for; `null` for AR scores, which have no posterior. */
  readonly noisy: readonly number[] | null;
  readonly distribution: Distribution;
}

/**
 * Answers one question on the host. `resolve` gives what a question's prediction stands for, or throws.
 * Throws an `Error` when the question does not fit its prediction.
 */
export function answerQuestion<P>(
  question: QuestionAbout<P>,
  maskId: number | null,
  resolve: (prediction: P) => OnHost,
): Answers[Question['ask']] {
  const prediction = resolve(question.prediction);
  const each = <T>(values: readonly T[], what: string) => onePerPosition(question, values, what, prediction.positions);
  return match<QuestionAbout<P>, Answers[Question['ask']]>(question)
    .with({ ask: 'sample' }, ({ uniforms }) => sample(prediction.distribution, each(uniforms, 'uniforms')))
    .with({ ask: 'argmax' }, () => mostProbable(prediction.distribution))
    .with({ ask: 'posterior' }, ({ alphaT, alphaS, sigma, uniforms }) => {
      const noisy = noisyBlock(prediction.noisy);
      const step = { alphaT, alphaS, sigma: sigma && each(sigma, 'values of sigma') };
      return samplePosterior(prediction.distribution, noisy, maskId, step, each(uniforms, 'uniforms'));
    })
    .with({ ask: 'uncertainty' }, ({ measure }) => uncertainty(prediction.distribution, measure))
    .with({ ask: 'token-score' }, ({ tokens, measure }) =>
      tokenScore(prediction.distribution, each(tokens, 'tokens'), measure),
    )
    .with({ ask: 'divergence' }, ({ other, measure }) =>
      divergence(prediction.distribution, resolve(other).distribution, measure),
    )
    .exhaustive();
}
