import type { Positions, Scores } from '../../graph/values.js';

/** Indices of the positions in `among`, in the order of their scores, the first of equals first; high scores are bad. */
export function ranked(scores: Scores, among: Positions, order: 'best first' | 'worst first'): number[] {
  const sign = order === 'best first' ? 1 : -1;
  // A position without a score is the last that anybody would take.
  const key = (i: number): number => sign * (scores[i] ?? sign * Infinity);
  return indicesOf(among).sort((a, b) => (key(a) === key(b) ? a - b : key(a) - key(b)));
}

/** Indices of the positions that a mask holds. */
export const indicesOf = (positions: Positions): number[] => positions.flatMap((held, i) => (held ? [i] : []));

/** The mask over `length` positions that holds the given ones. */
export function maskOf(indices: readonly number[], length: number): Positions {
  const held = new Set(indices);
  return Array.from({ length }, (_, i) => held.has(i));
}
