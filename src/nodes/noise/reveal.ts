import { defineNode } from '../../graph/node-definition.js';
import { takeTokens } from '../support/block.js';
import { differing } from '../support/positions.js';
import { remaskedEvent } from '../support/remasked-event.js';

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
    const taken = differing(block, draft);
    return taken.includes(true) ? remaskedEvent(block, taken) : undefined;
  },
});
