import { defineNode } from '../../graph/node-definition.js';
import { temperature } from '../support/temperature.js';

/** One diffusion forward: p(x_0 | x_t) at every position of the block (BlockGen; MDLM eq. 4; Duo). */
export const denoiseStep = defineNode({
  kind: 'denoise-step',
  summary: 'Runs the model on a noisy block after the cached text and predicts its clean tokens.',
  source: 'BlockGen, arXiv 2606.02241',
  inputs: { cache: 'cache', block: 'block' },
  outputs: { prediction: 'prediction', cache: 'cache' },
  params: { temperature },
  forward: ({ inputs, params }) => ({
    call: 'denoise',
    cache: inputs.cache,
    block: inputs.block,
    temperature: params.temperature,
  }),
  complete: ({ reply }) => ({ prediction: reply.prediction, cache: reply.cache }),
});
