import { givenAt } from '../../graph/given.js';
import { defineNode } from '../../graph/node-definition.js';
import { priorNoise } from '../support/noise.js';

/**
 * One more position behind a block, of prior noise or with the token that the row's template gives there; the block as it
 * is where the row ends with it. An AR forward over the result also predicts what comes behind the block.
 */
export const extendBlock = defineNode({
  kind: 'extend-block',
  summary: 'Puts one more position of prior noise behind a block, where the row has room for it.',
  source: 'Leviathan, Kalman and Matias, Speculative Decoding, arXiv 2211.17192: a token behind an accepted draft',
  inputs: { block: 'block', canvas: 'canvas' },
  outputs: { block: 'block' },
  params: {},
  step: ({ inputs: { block, canvas }, context }) => {
    const end = block.start + block.tokens.length;
    if (end >= canvas.length) return { block };
    const given = givenAt(canvas.template, end);
    const behind = given === undefined ? priorNoise(context, 1) : [given];
    return {
      block: { ...block, tokens: [...block.tokens, ...behind], fixed: [...block.fixed, given !== undefined] },
    };
  },
});
