import { segmentOf, segmentsOf, segmentWidth } from './segments.js';

/** p(x_0) at one position, whose vocabulary is looked at by segments. */
export interface PositionDistribution {
  readonly vocabularySize: number;
  /** The most probable token, the lowest id among equals. */
  readonly best: number;
  /** Probability of the second most probable one. */
  readonly runnerUp: number;
  /** In nats. */
  readonly entropy: number;
  /** -Infinity where impossible, also for what is no token. */
  logProbability(token: number): number;
  probability(token: number): number;
  /** Of all tokens of a segment together. */
  probabilityOf(segment: number): number;
  /** Of every token of a segment. */
  probabilitiesIn(segment: number): Float64Array;
}

/** The probability of all tokens but one, without the rounding of 1 - p. */
export function probabilityOfOthers(distribution: PositionDistribution, token: number): number {
  const own = segmentOf(token);
  let sum = 0;
  for (let segment = 0; segment < segmentsOf(distribution.vocabularySize); segment += 1) {
    if (segment !== own) sum += distribution.probabilityOf(segment);
  }
  distribution.probabilitiesIn(own).forEach((p, index) => {
    if (own * segmentWidth + index !== token) sum += p;
  });
  return sum;
}
