import { defineNode } from '../../graph/node-definition.js';

/** Opens an empty KV cache for the row. */
export const kvCache = defineNode({
  kind: 'kv-cache',
  summary: 'Opens an empty KV cache.',
  source: 'BD3-LM, arXiv 2503.09573',
  inputs: {},
  outputs: { cache: 'cache' },
  params: {},
  step: ({ context }) => ({ cache: context.openCache() }),
});
