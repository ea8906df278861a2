import { defineNode } from '../graph/node-definition.js';
import { choice } from '../graph/params.js';

/** Draws x_s from the posterior q(x_s | x_t, x_0) with the prediction in place of x_0. */
export const ancestralStep = defineNode({
  kind: 'ancestral-step',
  summary: 'Denoises a block by one step of ancestral sampling, from alpha_t to alpha_s.',
  source: 'MDLM eq. 6 (absorbing); Duo eq. 5 (uniform)',
  inputs: { prediction: 'prediction', block: 'block', level: 'noise-level' },
  outputs: { block: 'block' },
  params: {
    finalStep: choice(['sample', 'greedy'], { default: 'sample', description: 'how the last step removes noise' }),
  },
  ask: ({ inputs, params, context }) =>
    inputs.level.last && params.finalStep === 'greedy'
      ? { ask: 'argmax', prediction: inputs.prediction }
      : {
          ask: 'posterior',
          prediction: inputs.prediction,
          alphaT: inputs.level.alphaT,
          alphaS: inputs.level.alphaS,
          uniforms: context.uniforms(inputs.block.tokens.length),
        },
  complete: ({ inputs, answer }) => ({
    block: {
      ...inputs.block,
      tokens: answer.tokens.map((token, i) => (inputs.block.fixed[i] === true ? inputs.block.tokens[i] ?? token : token)),
    },
  }),
  observe: ({ inputs, outputs, answer }) => ({
    type: 'step',
    start: inputs.block.start,
    tokens: outputs.block.tokens,
    confidence: answer.probabilities,
    step: inputs.level.step,
    steps: inputs.level.steps,
  }),
});
