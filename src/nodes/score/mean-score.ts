import { defineNode } from '../../graph/node-definition.js';
import { indicesOf } from '../support/positions.js';

/** The mean of the scores at the positions in `among`; 0 where there are none. Of -log p it is the nats a token. */
export const meanScore = defineNode({
  kind: 'mean-score',
  summary: 'Gives the mean of the scores at some positions.',
  inputs: { scores: 'scores', among: 'positions' },
  outputs: { mean: 'number' },
  params: {},
  step: ({ inputs: { scores, among } }) => {
    const chosen = indicesOf(among);
    const sum = chosen.reduce((total, i) => total + (scores[i] ?? NaN), 0);
    if (Number.isNaN(sum)) throw new Error('a position has no score');
    return { mean: sum / Math.max(1, chosen.length) };
  },
});
