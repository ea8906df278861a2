import { defineNode } from '../graph/node-definition.js';
import { withTokens } from './support/block.js';

/** The start of a sampler that begins with a text in place of noise (SDEdit). Tokens that are given stay. */
export const recall = defineNode({
  kind: 'recall',
  summary: "Puts a source's tokens into a block, at its positions in the row; fixed ones stay.",
  source: 'SDEdit, arXiv 2108.01073',
  inputs: { block: 'block', source: 'canvas' },
  outputs: { block: 'block' },
  params: {},
  step: ({ inputs: { block, source } }) => ({
    block: withTokens(block, source.tokens.slice(block.start, block.start + block.tokens.length)),
  }),
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
