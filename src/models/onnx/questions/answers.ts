import { match } from 'ts-pattern';
import type { Drawn, TokenScore, Uncertainty } from '../../../graph/effects.js';
import { linearPosterior, refuseAlphas, type AlphaStep } from '../../questions/posterior.js';
import { scored } from '../../questions/token-score.js';
import { draw, unchanged } from './draw.js';
import type { PositionDistribution } from './position.js';

/** Answers from the positions of one prediction; their meaning is that of the functions in `models/questions`. */

type Positions = readonly PositionDistribution[];

export const sample = (positions: Positions, uniforms: readonly number[]): Drawn =>
  drawn(positions, (position, index) => draw(position, unchanged, uniforms[index] ?? 0));

export const mostProbable = (positions: Positions): Drawn => drawn(positions, ({ best }) => best);

/** Throws an `Error` when the step is impossible. */
export function samplePosterior(
  positions: Positions,
  noisy: readonly number[],
  maskId: number | null,
  step: AlphaStep,
  uniforms: readonly number[],
): Drawn {
  refuseAlphas(step);
  return drawn(positions, (position, index) => {
    const token = noisy[index] ?? 0;
    const sigma = step.sigma?.[index] ?? 0;
    const own = position.probability(token);
    const posterior = linearPosterior(token, own, position.vocabularySize, maskId, step, sigma);
    return draw(position, posterior, uniforms[index] ?? 0);
  });
}

export const uncertainty = (positions: Positions, measure: Uncertainty): number[] =>
  positions.map((position) =>
    match(measure)
      .with('entropy', () => position.entropy)
      .with('confidence', () => -position.probability(position.best))
      .with('margin', () => position.runnerUp - position.probability(position.best))
      .exhaustive(),
  );

export const tokenScore = (positions: Positions, tokens: readonly number[], measure: TokenScore): number[] =>
  positions.map((position, index) => {
    const token = tokens[index] ?? -1;
    return match(measure)
      .with('nll', () => -scored(position.logProbability(token)))
      .with('gap_to_top1', () => position.logProbability(position.best) - scored(position.logProbability(token)))
      .with('entropy', () => position.entropy)
      .with('confidence', () => -position.probability(token))
      .exhaustive();
  });

function drawn(positions: Positions, choose: (position: PositionDistribution, index: number) => number): Drawn {
  const tokens = positions.map(choose);
  return { tokens, probabilities: positions.map((position, index) => position.probability(tokens[index] ?? 0)) };
}
