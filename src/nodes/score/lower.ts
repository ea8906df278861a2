import { defineNode } from '../../graph/node-definition.js';

/** Whether one number is below another: of two equals, neither is. */
export const lower = defineNode({
  kind: 'lower',
  summary: 'Says whether a is lower than b.',
  inputs: { a: 'number', b: 'number' },
  outputs: { lower: 'flag' },
  params: {},
  step: ({ inputs: { a, b } }) => ({ lower: a < b }),
});
