import { defineNode } from '../../graph/node-definition.js';

/** The positions that a sampler decides on: those that were not given. */
export const openPositions = defineNode({
  kind: 'open-positions',
  summary: 'Gives the positions of a block that are not fixed.',
  inputs: { block: 'block' },
  outputs: { positions: 'positions' },
  params: {},
  step: ({ inputs: { block } }) => ({ positions: block.tokens.map((_, i) => block.fixed[i] !== true) }),
});
