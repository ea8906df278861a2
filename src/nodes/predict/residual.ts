import { defineNode } from '../../graph/node-definition.js';

/**
 * max(0, p - q), normalised, at each position; p itself where nothing is left or q has no such position. Tokens drawn from q
 * and accepted with min(1, p / q) are, with a draw from this in place of the first refused one, draws from p.
 */
export const residual = defineNode({
  kind: 'residual',
  summary: 'What a prediction gives more mass than another one does, normalised: the draw after a refused draft.',
  source: 'Leviathan, Kalman and Matias, Speculative Decoding, arXiv 2211.17192; Chen et al., arXiv 2302.01318',
  inputs: { prediction: 'prediction', other: 'prediction' },
  outputs: { prediction: 'prediction' },
  params: {},
  step: ({ inputs: { prediction, other } }) => ({ prediction: prediction.residual(other) }),
});
