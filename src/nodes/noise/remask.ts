import { defineNode } from '../../graph/node-definition.js';
import { withTokens } from '../support/block.js';
import { priorNoise } from '../support/noise.js';
import { remaskedEvent } from '../support/remasked-event.js';

/** Puts prior noise on the chosen positions; fixed ones stay as they are, chosen or not. */
export const remask = defineNode({
  kind: 'remask',
  summary: 'Puts noise back on the chosen positions of a block.',
  source: 'BlockGen, arXiv 2606.02241, corrector; ReMDM, arXiv 2503.00307',
  inputs: { block: 'block', positions: 'positions' },
  outputs: { block: 'block' },
  params: {},
  step: ({ inputs: { block, positions }, context }) => {
    const noise = priorNoise(context, block.tokens.length);
    const renoised = block.tokens.map((token, i) => (positions[i] === true ? (noise[i] ?? token) : token));
    return { block: withTokens(block, renoised) };
  },
  observe: ({ inputs: { positions }, outputs: { block } }) =>
    remaskedEvent(
      block,
      block.tokens.map((_, i) => positions[i] === true && block.fixed[i] !== true),
    ),
});
