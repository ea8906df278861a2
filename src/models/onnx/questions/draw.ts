import type { LinearPosterior } from '../../questions/posterior.js';
import type { PositionDistribution } from './position.js';
import { segmentOf, segmentsOf, segmentWidth, sizeOfSegment } from './segments.js';

/** The posterior that is the prediction itself. */
export const unchanged: LinearPosterior = { share: 1, anywhere: 0, peaks: [] };

/**
 * The inverse of the cumulative distribution at `uniform` in [0, 1), tokens in the order of their ids: first the segment is
 * found, then the token in it. Never a token of weight 0, whatever the rounding of the sums.
 */
export function draw(prediction: PositionDistribution, posterior: LinearPosterior, uniform: number): number {
  const weights = segmentWeights(prediction, posterior);
  let total = 0;
  for (const weight of weights) total += weight;
  let left = uniform * total;
  let last = 0;
  for (let segment = 0; segment < weights.length; segment += 1) {
    const weight = weights[segment] ?? 0;
    if (weight <= 0) continue;
    const next = left - weight;
    if (next < 0) {
      const token = tokenIn(prediction, posterior, segment, left);
      if (token !== null) return token;
    }
    last = segment;
    left = next;
  }
  return tokenIn(prediction, posterior, last, Infinity) ?? prediction.best;
}

function segmentWeights(prediction: PositionDistribution, { share, anywhere, peaks }: LinearPosterior): Float64Array {
  const { vocabularySize } = prediction;
  const weights = new Float64Array(segmentsOf(vocabularySize));
  for (let segment = 0; segment < weights.length; segment += 1) {
    const size = sizeOfSegment(segment, vocabularySize);
    weights[segment] = share * prediction.probabilityOf(segment) + anywhere * size;
  }
  for (const { token, weight } of peaks) weights[segmentOf(token)] = (weights[segmentOf(token)] ?? 0) + weight;
  return weights;
}

/** The token of a segment at which its weights reach `target`, else the last one with any weight. */
function tokenIn(
  prediction: PositionDistribution,
  { share, anywhere, peaks }: LinearPosterior,
  segment: number,
  target: number,
): number | null {
  const start = segment * segmentWidth;
  const weights = prediction.probabilitiesIn(segment);
  for (let i = 0; i < weights.length; i += 1) weights[i] = share * (weights[i] ?? 0) + anywhere;
  for (const { token, weight } of peaks) {
    if (segmentOf(token) === segment) weights[token - start] = (weights[token - start] ?? 0) + weight;
  }
  let sum = 0;
  let last: number | null = null;
  for (let index = 0; index < weights.length; index += 1) {
    const weight = weights[index] ?? 0;
    if (weight <= 0) continue;
    sum += weight;
    last = start + index;
    if (target < sum) break;
  }
  return last;
}
