import { match } from 'ts-pattern';
import { leastLogProbability, type TokenScore } from '../../graph/effects.js';
import { atEachPosition, entropyOf, type Distribution } from './distribution.js';

/** A log-probability as scores count it. */
export const scored = (logProbability: number): number => Math.max(logProbability, leastLogProbability);

/**
 * How badly each given token fits: -log p(token), max log p - log p(token) or the entropy, in nats and finite, or
 * -p(token).
 */
export function tokenScore(distribution: Distribution, tokens: readonly number[], measure: TokenScore): number[] {
  const logOf = (row: Float64Array, position: number) => scored(row[tokens[position] ?? -1] ?? -Infinity);
  return match(measure)
    .with('nll', () => atEachPosition(distribution, (_, logs, position) => -logOf(logs, position)))
    .with('gap_to_top1', () =>
      atEachPosition(
        distribution,
        (_, logs, position) => logs.reduce((a, b) => Math.max(a, b)) - logOf(logs, position),
      ),
    )
    .with('entropy', () => atEachPosition(distribution, entropyOf))
    .with('confidence', () => atEachPosition(distribution, (p, _, position) => -(p[tokens[position] ?? -1] ?? 0)))
    .exhaustive();
}
