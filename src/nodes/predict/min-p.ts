import { defineNode } from '../../graph/node-definition.js';
import { number } from '../../graph/params.js';

/** Keeps the tokens with p >= minP max p: many where the model is unsure, few where it is sure. */
export const minP = defineNode({
  kind: 'min-p',
  summary: 'Keeps the tokens of a prediction that are at least minP times as probable as its most probable one.',
  source: 'Nguyen et al., Turning Up the Heat: Min-p Sampling, arXiv 2407.01082',
  inputs: { prediction: 'prediction' },
  outputs: { prediction: 'prediction' },
  params: {
    minP: number({ min: 0, max: 1, default: 0, description: 'share of the highest probability; 0 keeps all tokens' }),
  },
  step: ({ inputs, params }) => ({ prediction: inputs.prediction.shaped({ shape: 'min-p', ratio: params.minP }) }),
});
