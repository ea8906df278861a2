import { defineNode } from '../../graph/node-definition.js';

/** Every score times a number. */
export const scaleScores = defineNode({
  kind: 'scale-scores',
  summary: 'Multiplies every score by a number.',
  inputs: { scores: 'scores', by: 'number' },
  outputs: { scores: 'scores' },
  params: {},
  step: ({ inputs: { scores, by } }) => ({ scores: scores.map((score) => score * by) }),
});
