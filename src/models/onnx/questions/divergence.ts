import { divergenceEpsilon, type Divergence } from '../../../graph/effects.js';
import { relativeEntropy } from '../../questions/divergence.js';
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

/**
 * A divergence where all of p's or q's mass is on one token. The entropy of p stands for -sum p log(p + epsilon), from which it is
 * not further than the vocabulary's size times epsilon.
 */
export function certainDivergence(p: PositionDistribution, q: PositionDistribution, measure: PairMeasure): number {
  const [certain, other] = p instanceof CertainPosition ? [p, q] : [q, p];
  if (measure === 'total-variation') return probabilityOfOthers(other, certain.best);
  if (certain === p) return -Math.log(q.probability(p.best) + divergenceEpsilon);
  return -p.entropy - Math.log(divergenceEpsilon) * probabilityOfOthers(p, q.best);
}

/** A divergence from what the measure's graph gave for each segment. */
export function openDivergence(p: OpenPosition, q: OpenPosition, measure: PairMeasure, given: Float32Array): number {
  const exact = exactly[measure];
  let sum = 0;
  for (let segment = 0; segment < given.length; segment += 1) {
    const value = given[segment] ?? NaN;
    // Graphs of the processor know of no mask, and a segment in which nothing can be is no number to them.
    const usable = !p.hasMask(segment) && !q.hasMask(segment) && Number.isFinite(value);
    sum += usable ? value : exact(p.probabilitiesIn(segment), q.probabilitiesIn(segment));
  }
  return Math.max(0, measure === 'total-variation' ? sum / 2 : sum);
}

/** What a segment adds, from the probabilities of its tokens. */
const exactly = {
  'kullback-leibler': relativeEntropy,
  'total-variation': (p: Float64Array, q: Float64Array) =>
    p.reduce((sum, value, index) => sum + Math.abs(value - (q[index] ?? 0)), 0),
};
