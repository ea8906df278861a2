import { defineNode } from '../../graph/node-definition.js';
import { refuseApart } from '../support/block.js';

/** How many leading tokens two blocks of the same place have in common. */
export const agreeCount = defineNode({
  kind: 'agree-count',
  summary: 'Counts the leading tokens that two blocks have in common.',
  inputs: { block: 'block', other: 'block' },
  outputs: { count: 'number' },
  params: {},
  step: ({ inputs: { block, other } }) => {
    refuseApart(block, other);
    const at = block.tokens.findIndex((token, i) => token !== other.tokens[i]);
    return { count: at < 0 ? block.tokens.length : at };
  },
});
