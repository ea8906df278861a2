import { defineNode } from '../../graph/node-definition.js';

/** The same number for every position of a block. */
export const fillScores = defineNode({
  kind: 'fill-scores',
  summary: 'Gives every position of a block the same number.',
  inputs: { block: 'block', value: 'number' },
  outputs: { scores: 'scores' },
  params: {},
  step: ({ inputs: { block, value } }) => ({ scores: block.tokens.map(() => value) }),
});
