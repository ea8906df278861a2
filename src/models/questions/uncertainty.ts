import { match } from 'ts-pattern';
import type { Uncertainty } from '../../graph/effects.js';
import { atEachPosition, entropyOf, type Distribution } from './distribution.js';

/** How doubtful each position is: entropy in nats, -max p, or -(p_1 - p_2) of the two largest. */
export function uncertainty(distribution: Distribution, measure: Uncertainty): number[] {
  return match(measure)
    .with('entropy', () => atEachPosition(distribution, entropyOf))
    .with('confidence', () => atEachPosition(distribution, (p) => -twoLargest(p)[0]))
    .with('margin', () =>
      atEachPosition(distribution, (p) => {
        const [first, second] = twoLargest(p);
        return second - first;
      }),
    )
    .exhaustive();
}

function twoLargest(probabilities: Float64Array): [number, number] {
  let first = 0;
  let second = 0;
  for (const p of probabilities) {
    if (p > first) {
      second = first;
      first = p;
    } else if (p > second) second = p;
  }
  return [first, second];
}
