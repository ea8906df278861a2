import { defineNode } from '../../graph/node-definition.js';
import { takeTokens } from '../support/block.js';

/**
 * One token from the prediction at each chosen position, whatever stood there; all others keep their token, and fixed
 * ones theirs, chosen or not. Knows of no noise level and no posterior, so that it works on any prediction.
 */
export const draw = defineNode({
  kind: 'draw',
  summary: 'Draws a token from a prediction at each of the chosen positions of a block.',
  source: 'LLaDA, arXiv 2502.09992, section 2.4',
  inputs: { prediction: 'prediction', block: 'block', among: 'positions' },
  outputs: { block: 'block' },
  params: {},
  ask: ({ inputs: { prediction, block }, context }) => ({
    ask: 'sample',
    prediction,
    uniforms: context.uniforms(block.tokens.length),
  }),
  complete: ({ inputs: { block, among }, answer }) => ({ block: takeTokens(block, answer.tokens, among) }),
  observe: ({ inputs: { among }, outputs: { block }, answer }) => ({
    type: 'step',
    start: block.start,
    tokens: block.tokens,
    confidence: block.tokens.map((_, i) => {
      if (block.fixed[i] === true) return 1;
      return among[i] === true ? (answer.probabilities[i] ?? null) : null;
    }),
  }),
});
