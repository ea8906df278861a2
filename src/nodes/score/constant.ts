import { defineNode } from '../../graph/node-definition.js';
import { number } from '../../graph/params.js';

/** A number for ports that want one from a wire. */
export const constant = defineNode({
  kind: 'constant',
  summary: 'Gives a number, always the same.',
  inputs: {},
  outputs: { value: 'number' },
  params: { value: number({ default: 0, description: 'the number' }) },
  step: ({ params }) => ({ value: params.value }),
});
