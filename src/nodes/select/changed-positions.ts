import { defineNode } from '../../graph/node-definition.js';

/** Where two states of one block differ. */
export const changedPositions = defineNode({
  kind: 'changed-positions',
  summary: 'The positions at which two states of a block hold different tokens.',
  inputs: { before: 'block', after: 'block' },
  outputs: { positions: 'positions' },
  params: {},
  step: ({ inputs: { before, after } }) => ({
    positions: after.tokens.map((token, i) => token !== before.tokens[i]),
  }),
});
