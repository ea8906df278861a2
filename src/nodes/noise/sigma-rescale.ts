import { defineNode } from '../../graph/node-definition.js';
import { number } from '../../graph/params.js';
import { largestSigma } from '../../models/questions/remasking.js';

/** eta sigma_max, sigma_max = min(1, (1 - alpha_s) / alpha_t). */
export const sigmaRescale = defineNode({
  kind: 'sigma-rescale',
  summary: 'How likely a clean token gets noise again in a step: a share eta of the most that the step allows.',
  source: 'ReMDM, arXiv 2503.00307, rescaled schedule',
  inputs: { level: 'noise-level' },
  outputs: { sigma: 'number' },
  params: { eta: number({ min: 0, max: 1, default: 0.05, description: 'share of sigma_max' }) },
  step: ({ inputs: { level }, params }) => ({ sigma: params.eta * largestSigma(level) }),
});
