import { defineNode } from '../../graph/node-definition.js';
import { number } from '../../graph/params.js';

/** Keeps the smallest set of most probable tokens whose mass is at least p, the lowest ids among equals. */
export const nucleus = defineNode({
  kind: 'nucleus',
  summary: 'Keeps the fewest most probable tokens of a prediction that hold at least the mass p.',
  source: 'Holtzman et al., The Curious Case of Neural Text Degeneration, arXiv 1904.09751',
  inputs: { prediction: 'prediction' },
  outputs: { prediction: 'prediction' },
  params: {
    p: number({
      min: 0,
      max: 1,
      default: 1,
      description: 'mass that the kept tokens reach; 1 keeps all, 0 only the most probable one',
    }),
  },
  step: ({ inputs, params }) => ({ prediction: inputs.prediction.shaped({ shape: 'nucleus', mass: params.p }) }),
});
