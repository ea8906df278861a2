import { defineNode } from '../../graph/node-definition.js';
import { number } from '../../graph/params.js';
import { largestSigma } from '../../models/questions/remasking.js';

/** min(eta, sigma_max), sigma_max = min(1, (1 - alpha_s) / alpha_t). */
export const sigmaCap = defineNode({
  kind: 'sigma-cap',
  summary: 'How likely a clean token gets noise again in a step: eta, or less where the step allows no more.',
  source: 'ReMDM, arXiv 2503.00307, max-capped schedule',
  inputs: { level: 'noise-level' },
  outputs: { sigma: 'number' },
  params: { eta: number({ min: 0, max: 1, default: 0.02, description: 'the most that sigma may be' }) },
  step: ({ inputs: { level }, params }) => ({ sigma: Math.min(params.eta, largestSigma(level)) }),
});
