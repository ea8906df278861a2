import { defineNode } from '../../graph/node-definition.js';

/** What is left of a set of positions once others are taken out of it. */
export const except = defineNode({
  kind: 'except',
  summary: 'Gives the positions that are not among the others.',
  inputs: { positions: 'positions', other: 'positions' },
  outputs: { positions: 'positions' },
  params: {},
  step: ({ inputs: { positions, other } }) => ({ positions: positions.map((held, i) => held && other[i] !== true) }),
});
