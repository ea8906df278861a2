import { defineNode } from '../../graph/node-definition.js';
import { differing } from '../support/positions.js';

/** Where two states of one block differ. */
export const changedPositions = defineNode({
  kind: 'changed-positions',
  summary: 'The positions at which two states of a block hold different tokens.',
  inputs: { before: 'block', after: 'block' },
  outputs: { positions: 'positions' },
  params: {},
  step: ({ inputs: { before, after } }) => ({ positions: differing(after, before) }),
});
