import type { NodeContext } from '../../graph/node-definition.js';
import type { Positions, Scores } from '../../graph/values.js';
import { indicesOf } from './positions.js';

/** A position with the score that it counts with: the lowest of the scores that it ties with. */
export interface Ranked {
  readonly position: number;
  readonly score: number;
}

/**
 * The positions in `among` in the order of their scores; high scores are bad. Ties are ordered by the firing's own uniforms,
 * so neither rounding nor place decides which of them goes first.
 */
export function ranked(
  scores: Scores,
  among: Positions,
  order: 'best first' | 'worst first',
  context: NodeContext,
): Ranked[] {
  const sign = order === 'best first' ? 1 : -1;
  const uniforms = context.uniforms(among.length);
  const levels = levelled(scores, among);
  // A position without a score is the last that anybody would take.
  const scoreOf = (position: number): number => levels[position] ?? sign * Infinity;
  return indicesOf(among)
    .sort((a, b) => {
      const first = scoreOf(a);
      const second = scoreOf(b);
      return first === second ? (uniforms[a] ?? 0) - (uniforms[b] ?? 0) : sign * (first - second);
    })
    .map((position) => ({ position, score: scoreOf(position) }));
}

/** For each position in `among` that has a score, the lowest of the scores that it ties with. */
export function levelled(scores: Scores, among: Positions): readonly (number | undefined)[] {
  const levels = new Array<number | undefined>(among.length).fill(undefined);
  const ascending = indicesOf(among)
    .filter((position) => scores[position] !== undefined)
    .sort((a, b) => (scores[a] ?? 0) - (scores[b] ?? 0));
  let level = scores[ascending[0] ?? -1] ?? 0;
  let previous = level;
  for (const position of ascending) {
    const score = scores[position] ?? 0;
    if (score - previous > toleranceOf(previous, score)) level = score;
    levels[position] = level;
    previous = score;
  }
  return levels;
}

/**
 * Engines round logits, so scores that are equal in exact arithmetic differ in proportion to their distance from a certain
 * token's score: 0 by entropy, -log p and the gap, -1 by confidence and margin. Two positions tie where they are no further
 * apart than this share of that distance, and so do all in a chain of ties. In first blocks of 4 to 64 masks, at temperatures
 * from 0.1 to 1, neighbouring scores lay at most 1.4e-5 of it apart, in 32 bits and in 8. Real predictions near certainty
 * are orders of magnitude apart.
 */
const tolerance = 3e-5;

/** What the distance from -1 loses in double precision. */
const rounding = 4 * Number.EPSILON;

/** How far apart two neighbouring scores may be and tie. */
function toleranceOf(a: number, b: number): number {
  return tolerance * Math.min(distance(a), distance(b)) + rounding * Math.min(Math.abs(a), Math.abs(b));
}

const distance = (score: number): number => Math.min(Math.abs(score), Math.abs(score + 1));
