import { defineNode } from '../../graph/node-definition.js';
import { withTokens } from '../support/block.js';
import { finalStep } from '../support/final-step.js';
import { stepEvent } from '../support/step-event.js';

/** Draws x_s from the posterior q(x_s | x_t, x_0) with the prediction in place of x_0. */
export const ancestralStep = defineNode({
  kind: 'ancestral-step',
  summary: 'Denoises a block by one step of ancestral sampling, from alpha_t to alpha_s.',
  source: 'MDLM, arXiv 2406.07524 (absorbing); Duo, arXiv 2506.10892 (uniform)',
  inputs: { prediction: 'prediction', block: 'block', level: 'noise-level' },
  outputs: { block: 'block' },
  params: { finalStep },
  ask: ({ inputs: { prediction, block, level }, params, context }) =>
    level.last && params.finalStep === 'greedy'
      ? { ask: 'argmax', prediction }
      : {
          ask: 'posterior',
          prediction,
          alphaT: level.alphaT,
          alphaS: level.alphaS,
          uniforms: context.uniforms(block.tokens.length),
        },
  complete: ({ inputs, answer }) => ({ block: withTokens(inputs.block, answer.tokens) }),
  observe: ({ inputs, outputs, answer }) => stepEvent(outputs.block, answer.probabilities, inputs.level),
});
