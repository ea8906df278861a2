import { defineNode } from '../../graph/node-definition.js';
import { integer } from '../../graph/params.js';

/** Keeps the k most probable tokens, the lowest ids among equals; without k, all. */
export const topK = defineNode({
  kind: 'top-k',
  summary: 'Keeps the k most probable tokens of a prediction.',
  source: 'Fan, Lewis and Dauphin, Hierarchical Neural Story Generation, arXiv 1805.04833',
  inputs: { prediction: 'prediction' },
  outputs: { prediction: 'prediction' },
  params: { k: integer({ min: 1, optional: true, description: 'how many tokens are kept; left out, all' }) },
  step: ({ inputs: { prediction }, params: { k } }) => {
    if (k !== undefined) return { prediction: prediction.shaped({ shape: 'top-k', count: k }) };
    prediction.retain();
    return { prediction };
  },
});
