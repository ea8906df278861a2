import type { Block, Positions } from '../../graph/values.js';

/** The block with new tokens, its fixed positions kept as they were. */
export const withTokens = (block: Block, tokens: readonly number[]): Block => ({
  ...block,
  tokens: block.tokens.map((old, i) => (block.fixed[i] === true ? old : (tokens[i] ?? old))),
});

/** The block with new tokens at the given positions alone, never at fixed ones. */
export const takeTokens = (block: Block, tokens: readonly number[], positions: Positions): Block =>
  withTokens(
    block,
    block.tokens.map((old, i) => (positions[i] === true ? (tokens[i] ?? old) : old)),
  );

/** Throws an `Error` unless two blocks stand at the same place of the row. */
export function refuseApart(a: Block, b: Block): void {
  if (a.start === b.start) return;
  throw new Error(`the blocks begin at different positions of the row, ${String(a.start)} and ${String(b.start)}`);
}
