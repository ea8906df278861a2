import type { Block, Positions } from '../../graph/values.js';

/** Indices of the positions that a mask holds. */
export function indicesOf(positions: Positions): number[] {
  const indices: number[] = [];
  for (let i = 0; i < positions.length; i++) if (positions[i] === true) indices.push(i);
  return indices;
}

/** The mask over `length` positions that holds the given ones. */
export function maskOf(indices: readonly number[], length: number): Positions {
  const held = new Array<boolean>(length).fill(false);
  for (const index of indices) if (index >= 0 && index < length) held[index] = true;
  return held;
}

/** Where a block holds other tokens than another one does. */
export const differing = (block: Block, other: Block): Positions =>
  block.tokens.map((token, i) => token !== other.tokens[i]);
