import type { Positions, Scores } from '../../graph/values.js';
import { indicesOf } from './positions.js';

/** Indices of the positions in `among`, in the order of their scores, the first of equals first; high scores are bad. */
export function ranked(scores: Scores, among: Positions, order: 'best first' | 'worst first'): number[] {
  const sign = order === 'best first' ? 1 : -1;
  // A position without a score is the last that anybody would take.
  const key = (i: number): number => sign * (scores[i] ?? sign * Infinity);
  return indicesOf(among).sort((a, b) => (key(a) === key(b) ? a - b : key(a) - key(b)));
}
