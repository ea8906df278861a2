import type { Block } from '../../graph/values.js';

/** The block with new tokens, its fixed positions kept as they were. */
export const withTokens = (block: Block, tokens: readonly number[]): Block => ({
  ...block,
  tokens: block.tokens.map((old, i) => (block.fixed[i] === true ? old : (tokens[i] ?? old))),
});
