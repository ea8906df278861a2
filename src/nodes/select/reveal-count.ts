import { defineNode } from '../../graph/node-definition.js';
import { integer } from '../../graph/params.js';
import { indicesOf } from '../support/positions.js';

/** ceil(open / (steps - index)): as even as whole numbers allow, the larger shares first; never beyond what is open. */
export const revealCount = defineNode({
  kind: 'reveal-count',
  summary: 'Shares the open positions out evenly among the steps that are left.',
  source: 'LLaDA, arXiv 2502.09992, section 2.4, linear schedule',
  inputs: { open: 'positions', index: 'number' },
  outputs: { count: 'number' },
  params: { steps: integer({ min: 1, description: 'steps in all' }) },
  step: ({ inputs: { open, index }, params: { steps } }) => ({
    count: Math.ceil(indicesOf(open).length / Math.max(1, steps - index)),
  }),
});
