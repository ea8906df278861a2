import { defineNode } from '../../graph/node-definition.js';

/** Ends a loop that takes positions away until there is none. */
export const noneLeft = defineNode({
  kind: 'none-left',
  summary: 'Says whether no position is left.',
  inputs: { positions: 'positions' },
  outputs: { none: 'flag' },
  params: {},
  step: ({ inputs: { positions } }) => ({ none: !positions.includes(true) }),
});
