import { tokenScores } from '../../graph/effects.js';
import { defineNode } from '../../graph/node-definition.js';
import { choice } from '../../graph/params.js';

/** How badly the tokens of a block fit a prediction; larger is worse. */
export const tokenScore = defineNode({
  kind: 'token-score',
  summary:
    'Scores each token of a block under a prediction: the higher, the worse it fits. A token that the prediction excludes has log p = -744.4, the log of the smallest positive double.',
  source: 'BlockGen, arXiv 2606.02241, AR scores of a draft',
  inputs: { prediction: 'prediction', block: 'block' },
  outputs: { scores: 'scores' },
  params: {
    measure: choice(tokenScores, {
      default: 'nll',
      description: '-log p(token), the log-probability gap to the most probable token, the entropy, or -p(token)',
    }),
  },
  ask: ({ inputs, params }) => ({
    ask: 'token-score',
    prediction: inputs.prediction,
    tokens: inputs.block.tokens,
    measure: params.measure,
  }),
  complete: ({ answer }) => ({ scores: answer }),
});
