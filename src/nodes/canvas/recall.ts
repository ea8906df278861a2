import { defineNode } from '../../graph/node-definition.js';
import { withTokens } from '../support/block.js';

/**
 * The start of a sampler that begins with a text in place of noise (SDEdit). Tokens that are given stay. Where the text ended
 * before its row was full, the block ends with it, and the token that ended it stays: there is nothing behind it to go over.
 */
export const recall = defineNode({
  kind: 'recall',
  summary: "Puts a source's tokens into a block, at its positions in the row; fixed ones and the source's end stay.",
  source: 'SDEdit, arXiv 2108.01073',
  inputs: { block: 'block', source: 'canvas' },
  outputs: { block: 'block' },
  params: {},
  step: ({ inputs: { block, source } }) => {
    const recalled = withTokens(block, source.tokens.slice(block.start, block.start + block.tokens.length));
    const count = source.tokens.length - block.start;
    if (!source.ended || count <= 0 || count > recalled.tokens.length) return { block: recalled };
    const fixed = recalled.fixed.slice(0, count).with(-1, true);
    return { block: { ...recalled, tokens: recalled.tokens.slice(0, count), fixed } };
  },
  // What is taken as it is was drawn with certainty.
  observe: ({ inputs: { source }, outputs: { block } }) => ({
    type: 'step',
    start: block.start,
    tokens: block.tokens,
    confidence: block.tokens.map((_, i) =>
      block.fixed[i] === true || block.start + i < source.tokens.length ? 1 : null,
    ),
  }),
});
