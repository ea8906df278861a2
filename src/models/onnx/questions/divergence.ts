import type { Divergence } from '../../../graph/effects.js';
import { impossible, possible } from '../../questions/distribution.js';
import { CertainPosition } from './certain-position.js';
import type { SegmentGraph } from './graphs.js';
import type { OpenPosition } from './open-position.js';
import { probabilityOfOthers, type PositionDistribution } from './position.js';
import { segmentsOf } from './segments.js';

export type PairMeasure = 'kullback-leibler' | 'total-variation';

/** Of a reverse divergence the predictions are the other way round. */
export const pairMeasures = {
  kld: { measure: 'kullback-leibler', reversed: false },
  reverse_kld: { measure: 'kullback-leibler', reversed: true },
  tvd: { measure: 'total-variation', reversed: false },
} as const satisfies Record<Divergence, { measure: PairMeasure; reversed: boolean }>;

/** The graph that compares the segments of two rows of logits. */
export const pairGraphs = {
  'kullback-leibler': 'relative-entropies',
  'total-variation': 'distances',
} as const satisfies Record<PairMeasure, SegmentGraph>;

/** p of the most probable token of each segment. */
export const segmentFactors = (position: OpenPosition): Float32Array =>
  Float32Array.from({ length: segmentsOf(position.vocabularySize) }, (_, segment) =>
    Math.exp(position.largestLogProbability(segment)),
  );

/** A divergence where all of p's or q's mass is on one token. */
export function certainDivergence(p: PositionDistribution, q: PositionDistribution, measure: PairMeasure): number {
  const [certain, other] = p instanceof CertainPosition ? [p, q] : [q, p];
  if (measure === 'total-variation') return probabilityOfOthers(other, certain.best);
  if (certain === p) return -possible(q.logProbability(p.best));
  return -p.entropy - impossible * probabilityOfOthers(p, q.best);
}

/** A divergence from what the measure's graph gave for each segment. */
export function openDivergence(p: OpenPosition, q: OpenPosition, measure: PairMeasure, given: Float32Array): number {
  const exact = exactly[measure];
  let sum = 0;
  for (let segment = 0; segment < given.length; segment += 1) {
    const value = given[segment] ?? NaN;
    // The graphs know of no mask, and not that impossible tokens count as finite.
    const usable = !p.hasMask(segment) && !q.hasMask(segment) && Math.abs(value) < -impossible / 10;
    if (!usable) sum += exact(p, q, segment);
    else if (measure === 'total-variation') sum += value;
    else {
      const [largest, other] = [p.largestLogProbability(segment), q.largestLogProbability(segment)];
      const probability = p.probabilityOf(segment);
      if (probability > 0) sum += Math.exp(largest) * value + probability * (largest - other);
    }
  }
  return Math.max(0, measure === 'total-variation' ? sum / 2 : sum);
}

/** What a segment adds, from the probabilities of its tokens. */
const exactly = {
  'kullback-leibler': (p: OpenPosition, q: OpenPosition, segment: number) => {
    const others = q.logProbabilitiesIn(segment);
    return p.logProbabilitiesIn(segment).reduce((sum, log, index) => {
      const probability = Math.exp(log);
      return probability > 0 ? sum + probability * (possible(log) - possible(others[index] ?? -Infinity)) : sum;
    }, 0);
  },
  'total-variation': (p: OpenPosition, q: OpenPosition, segment: number) => {
    const others = q.probabilitiesIn(segment);
    return p.probabilitiesIn(segment).reduce((sum, value, index) => sum + Math.abs(value - (others[index] ?? 0)), 0);
  },
};
