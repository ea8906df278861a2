import { defineNode } from '../../graph/node-definition.js';
import { number } from '../../graph/params.js';

/** (1 - kappa) (1 - alpha_s): the sigma with which a step is ancestral with weight kappa, and else adds noise anew. */
export const sigmaKappa = defineNode({
  kind: 'sigma-kappa',
  summary: 'How likely a clean token gets noise again in a step that is ancestral with weight kappa.',
  source: 'Psi-samplers, arXiv 2602.21185',
  inputs: { level: 'noise-level' },
  outputs: { sigma: 'number' },
  params: {
    kappa: number({
      min: 0,
      max: 1,
      default: 0.95,
      description: '1 is an ancestral step; 0 predicts clean text and adds the noise of alpha_s to it',
    }),
  },
  step: ({ inputs: { level }, params }) => ({ sigma: (1 - params.kappa) * (1 - level.alphaS) }),
});
