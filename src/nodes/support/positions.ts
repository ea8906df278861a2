import type { Block, Positions } from '../../graph/values.js';

/** Indices of the positions that a mask holds. */
export const indicesOf = (positions: Positions): number[] => positions.flatMap((held, i) => (held ? [i] : []));

/** The mask over `length` positions that holds the given ones. */
export function maskOf(indices: readonly number[], length: number): Positions {
  const held = new Set(indices);
  return Array.from({ length }, (_, i) => held.has(i));
}

/** Where a block holds other tokens than another one does. */
export const differing = (block: Block, other: Block): Positions =>
  block.tokens.map((token, i) => token !== other.tokens[i]);
