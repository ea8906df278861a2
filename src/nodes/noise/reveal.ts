import { defineNode } from '../../graph/node-definition.js';
import { takeTokens } from '../support/block.js';

/** Takes a draft's tokens at the chosen positions; what else the draft wrote goes back to what the block had there. */
export const reveal = defineNode({
  kind: 'reveal',
  summary: "Keeps a draft's tokens at the chosen positions and takes the others back.",
  source: 'LLaDA, arXiv 2502.09992, section 2.4, remasking',
  inputs: { block: 'block', draft: 'block', positions: 'positions' },
  outputs: { block: 'block' },
  params: {},
  step: ({ inputs: { block, draft, positions } }) => ({ block: takeTokens(block, draft.tokens, positions) }),
  observe: ({ inputs: { draft }, outputs: { block } }) => {
    const positions = block.tokens.flatMap((token, i) => (token === draft.tokens[i] ? [] : [i]));
    return positions.length === 0
      ? undefined
      : { type: 'remasked', start: block.start, tokens: block.tokens, positions };
  },
});
