import { defineNode } from '../../graph/node-definition.js';
import { withTokens } from '../support/block.js';
import { stepEvent } from '../support/step-event.js';

/** Draws a clean draft x_0 from the posterior at alpha_s = 1, whatever alpha_s the step goes to. */
export const propose = defineNode({
  kind: 'propose',
  summary: 'Drafts a whole clean block from the posterior at alpha_s = 1, for a corrector to judge.',
  source: 'BlockGen, arXiv 2606.02241, predictor of the predictor-corrector',
  inputs: { prediction: 'prediction', block: 'block', level: 'noise-level' },
  outputs: { block: 'block' },
  params: {},
  ask: ({ inputs: { prediction, block, level }, context }) => ({
    ask: 'posterior',
    prediction,
    alphaT: level.alphaT,
    alphaS: 1,
    uniforms: context.uniforms(block.tokens.length),
  }),
  complete: ({ inputs, answer }) => ({ block: withTokens(inputs.block, answer.tokens) }),
  observe: ({ inputs, outputs, answer }) => stepEvent(outputs.block, answer.probabilities, inputs.level),
});
