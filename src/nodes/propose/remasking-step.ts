import { defineNode } from '../../graph/node-definition.js';
import { withTokens } from '../support/block.js';
import { finalStep } from '../support/final-step.js';
import { stepEvent } from '../support/step-event.js';

/**
 * Draws x_s from a posterior under which clean tokens may get noise again, each position's with the probability `sigma`:
 * ReMDM's under absorbing noise, under uniform noise a Psi-sampler's with kappa = 1 - sigma / (1 - alpha_s), from 0 to 1.
 * Where every position has the same sigma, as much of the text is clean at s as after an ancestral step.
 */
export const remaskingStep = defineNode({
  kind: 'remasking-step',
  summary: 'Denoises a block by one step under which tokens may get noise again, each with its probability sigma.',
  source: 'ReMDM, arXiv 2503.00307 (absorbing); Psi-samplers, arXiv 2602.21185 (uniform)',
  inputs: { prediction: 'prediction', block: 'block', level: 'noise-level', sigma: 'scores' },
  outputs: { block: 'block' },
  params: { finalStep },
  ask: ({ inputs: { prediction, block, level, sigma }, params, context }) =>
    level.last && params.finalStep === 'greedy'
      ? { ask: 'argmax', prediction }
      : {
          ask: 'posterior',
          prediction,
          alphaT: level.alphaT,
          alphaS: level.alphaS,
          sigma,
          uniforms: context.uniforms(block.tokens.length),
        },
  complete: ({ inputs, answer }) => ({ block: withTokens(inputs.block, answer.tokens) }),
  observe: ({ inputs, outputs, answer }) => stepEvent(outputs.block, answer.probabilities, inputs.level),
});
