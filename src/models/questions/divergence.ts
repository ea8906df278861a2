import { match } from 'ts-pattern';
import { divergenceEpsilon, type Divergence } from '../../graph/effects.js';
import { atEachPosition, rowOf, type Distribution } from './distribution.js';

/**
 * KL(p || q), KL(q || p) in nats, or total variation at each position.
 * Throws an `Error` when the two do not cover the same positions and vocabulary.
 */
export function divergence(p: Distribution, q: Distribution, measure: Divergence): number[] {
  refuseOtherShape(p, q);
  return match(measure)
    .with('kld', () => kullbackLeibler(p, q))
    .with('reverse_kld', () => kullbackLeibler(q, p))
    .with('tvd', () => totalVariation(p, q))
    .exhaustive();
}

/** Throws an `Error` when two predictions do not cover the same positions and vocabulary. */
export function refuseOtherShape(p: Covered, q: Covered): void {
  if (p.positions === q.positions && p.vocabularySize === q.vocabularySize) return;
  throw new Error(
    `a divergence needs two predictions of the same shape, found ` +
      `[${p.positions}, ${p.vocabularySize}] and [${q.positions}, ${q.vocabularySize}]`,
  );
}

type Covered = Pick<Distribution, 'positions' | 'vocabularySize'>;

function kullbackLeibler(p: Distribution, q: Distribution): number[] {
  return atEachPosition(p, (probabilities, _, position) =>
    relativeEntropy(probabilities, rowOf(q.probabilities, position, q.vocabularySize)),
  );
}

/** KL(p || q) in nats over some tokens of a position. */
export function relativeEntropy(p: Float64Array, q: Float64Array): number {
  let sum = 0;
  for (let v = 0; v < p.length; v += 1) {
    const probability = p[v] ?? 0;
    if (probability > 0) {
      sum += probability * Math.log((probability + divergenceEpsilon) / ((q[v] ?? 0) + divergenceEpsilon));
    }
  }
  return sum;
}

function totalVariation(p: Distribution, q: Distribution): number[] {
  return atEachPosition(p, (probabilities, _, position) => {
    const others = rowOf(q.probabilities, position, q.vocabularySize);
    let sum = 0;
    for (let v = 0; v < probabilities.length; v += 1) sum += Math.abs((probabilities[v] ?? 0) - (others[v] ?? 0));
    return sum / 2;
  });
}
