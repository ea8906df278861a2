import { defineNode } from '../../graph/node-definition.js';

/** Scores that know nothing: the uninformed control of a corrector. */
export const randomScores = defineNode({
  kind: 'random-scores',
  summary: 'Scores each position at random, as the uninformed control of a corrector.',
  source: 'BlockGen, arXiv 2606.02241, random control',
  inputs: { block: 'block' },
  outputs: { scores: 'scores' },
  params: {},
  step: ({ inputs, context }) => ({ scores: context.uniforms(inputs.block.tokens.length) }),
});
