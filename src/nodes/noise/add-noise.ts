import { defineNode } from '../../graph/node-definition.js';
import { priorNoise } from '../support/noise.js';
import { differing } from '../support/positions.js';
import { remaskedEvent } from '../support/remasked-event.js';

/** The forward process q(x_s | x_0): each token becomes prior noise with probability 1 - alpha_s, all on their own. */
export const addNoise = defineNode({
  kind: 'add-noise',
  summary: 'Puts noise on the tokens of a clean block, each with probability 1 - alpha_s; fixed ones stay.',
  source: 'MDLM, arXiv 2406.07524, eq. 2 (absorbing); Duo, arXiv 2506.10892 (uniform)',
  inputs: { block: 'block', level: 'noise-level' },
  outputs: { block: 'block' },
  params: {},
  step: ({ inputs: { block, level }, context }) => {
    const kept = context.uniforms(block.tokens.length).map((u) => u < level.alphaS);
    const noise = priorNoise(context, block.tokens.length);
    const noisy = block.tokens.map((token, i) =>
      kept[i] === true || block.fixed[i] === true ? token : (noise[i] ?? token),
    );
    return { block: { ...block, tokens: noisy } };
  },
  observe: ({ inputs, outputs: { block } }) => remaskedEvent(block, differing(block, inputs.block)),
});
