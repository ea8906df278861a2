import type { Drawn } from '../../graph/effects.js';
import { argmax, atEachPosition, type Distribution } from './distribution.js';

/**
 * The inverse of the cumulative distribution at `uniform` in [0, 1), tokens in the order of their ids. Sums that
 * miss 1 by rounding never give a token of probability 0.
 */
export function inverseCdf(probabilities: Float64Array, uniform: number): number {
  let cumulated = 0;
  let last = 0;
  for (let token = 0; token < probabilities.length; token += 1) {
    const p = probabilities[token] ?? 0;
    if (p <= 0) continue;
    cumulated += p;
    if (uniform < cumulated) return token;
    last = token;
  }
  return last;
}

/** One token a position, one uniform each. */
export function sample(distribution: Distribution, uniforms: readonly number[]): Drawn {
  return drawn(
    distribution,
    atEachPosition(distribution, (probabilities, _, position) => inverseCdf(probabilities, uniforms[position] ?? 0)),
  );
}

/** The most probable token of each position, the lowest id among equals. */
export function mostProbable(distribution: Distribution): Drawn {
  return drawn(
    distribution,
    atEachPosition(distribution, (_, logProbabilities) => argmax(logProbabilities)),
  );
}

/** Tokens with the probability that the distribution gives each. */
export function drawn({ probabilities, vocabularySize }: Distribution, tokens: readonly number[]): Drawn {
  return {
    tokens,
    probabilities: tokens.map((token, position) => probabilities[position * vocabularySize + token] ?? 0),
  };
}
