import { defineNode } from '../../graph/node-definition.js';

/** One set of scores at the given positions, another one elsewhere. */
export const mergeScores = defineNode({
  kind: 'merge-scores',
  summary: 'Takes one set of scores at the given positions and another one at the rest.',
  inputs: { positions: 'positions', then: 'scores', else: 'scores' },
  outputs: { scores: 'scores' },
  params: {},
  step: ({ inputs }) => ({
    scores: inputs.else.map((score, i) => (inputs.positions[i] === true ? (inputs.then[i] ?? score) : score)),
  }),
});
