import { defineNode } from '../../graph/node-definition.js';

/**
 * Makes a KV cache stand for exactly the clean text before a block. What it already holds of that text is
 * kept; the rest waits until the next forward takes it along, so that this costs no forward of its own.
 */
export const kvCommit = defineNode({
  kind: 'kv-commit',
  summary: 'Brings a KV cache up to the clean text before a block; the next forward takes the new tokens along.',
  source: 'BlockGen, arXiv 2606.02241, generation with a cache',
  inputs: { cache: 'cache', canvas: 'canvas', block: 'block' },
  outputs: { cache: 'cache' },
  params: {},
  step: ({ inputs: { cache, canvas, block } }) => ({
    cache: cache.follow(canvas.tokens.slice(0, block.start)),
  }),
});
