import { defineNode } from '../../graph/node-definition.js';

/**
 * Softmax over the positions in `among`: shares that sum to 1 and are the larger, the worse a position's score is; 0 at all
 * others. Of scores -p, as `token-score` gives them by `confidence`, it is ReMDM's softmax(-p).
 */
export const softmaxScores = defineNode({
  kind: 'softmax-scores',
  summary: 'Turns the scores of some positions into shares that sum to 1; the worse the score, the larger the share.',
  source: 'ReMDM, arXiv 2503.00307, confidence-based schedule',
  inputs: { scores: 'scores', among: 'positions' },
  outputs: { scores: 'scores' },
  params: {},
  step: ({ inputs: { scores, among } }) => {
    const worst = scores.reduce((most, score, i) => (among[i] === true ? Math.max(most, score) : most), -Infinity);
    const weights = scores.map((score, i) => (among[i] === true ? Math.exp(score - worst) : 0));
    const sum = weights.reduce((a, b) => a + b, 0);
    return { scores: weights.map((weight) => (sum > 0 ? weight / sum : 0)) };
  },
});
