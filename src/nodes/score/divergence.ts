import { divergences } from '../../graph/effects.js';
import { defineNode } from '../../graph/node-definition.js';
import { choice } from '../../graph/params.js';

/** How far two predictions of one block disagree at each position. */
export const divergence = defineNode({
  kind: 'divergence',
  summary:
    'Scores each position by how far two predictions of the same block disagree. Logarithms add 1e-12 to every probability, so a token that one prediction excludes counts up to 27.6 nats.',
  source: 'BlockGen, arXiv 2606.02241, divergence scores',
  inputs: { prediction: 'prediction', other: 'prediction' },
  outputs: { scores: 'scores' },
  params: {
    measure: choice(divergences, {
      default: 'kld',
      description: 'KL(prediction || other), KL(other || prediction), or the total variation distance',
    }),
  },
  ask: ({ inputs: { prediction, other }, params }) => ({
    ask: 'divergence',
    prediction,
    other,
    measure: params.measure,
  }),
  complete: ({ answer }) => ({ scores: answer }),
});
