import { match } from 'ts-pattern';
import type { Answers, Question } from '../../graph/effects.js';
import type { Prediction } from '../../graph/values.js';
import { divergence } from '../questions/divergence.js';
import { samplePosterior } from '../questions/posterior.js';
import { mostProbable, sample } from '../questions/sampling.js';
import { tokenScore } from '../questions/token-score.js';
import { uncertainty } from '../questions/uncertainty.js';
import type { HostPrediction } from './host-prediction.js';

/**
 * Answers one question on the host. `resolve` gives the prediction behind a handle or throws.
 * Throws an `Error` when the question does not fit its prediction.
 */
export function answerQuestion(
  question: Question,
  maskId: number | null,
  resolve: (prediction: Prediction) => HostPrediction,
): Answers[Question['ask']] {
  const prediction = resolve(question.prediction);
  const each = <T>(values: readonly T[], what: string): readonly T[] => {
    if (values.length === prediction.positions) return values;
    throw new Error(`${question.ask}: ${values.length} ${what} for ${prediction.positions} positions`);
  };
  return match(question)
    .with({ ask: 'sample' }, ({ uniforms }) => sample(prediction.distribution, each(uniforms, 'uniforms')))
    .with({ ask: 'argmax' }, () => mostProbable(prediction.distribution))
    .with({ ask: 'posterior' }, ({ alphaT, alphaS, sigma, uniforms }) => {
      const { noisy, distribution } = prediction;
      if (noisy === null) throw new Error('posterior: AR scores have none, only the prediction of a denoise call has');
      const step = { alphaT, alphaS, sigma: sigma && each(sigma, 'values of sigma') };
      return samplePosterior(distribution, noisy, maskId, step, each(uniforms, 'uniforms'));
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
