import { uncertainties } from '../../graph/effects.js';
import { defineNode } from '../../graph/node-definition.js';
import { choice } from '../../graph/params.js';

/** How unsure a prediction is of itself; needs no further forward. */
export const uncertainty = defineNode({
  kind: 'uncertainty',
  summary: "Scores each position by a prediction's own doubt: the higher, the less sure.",
  source: 'BlockGen, arXiv 2606.02241, diffusion scores',
  inputs: { prediction: 'prediction' },
  outputs: { scores: 'scores' },
  params: {
    measure: choice(uncertainties, {
      default: 'entropy',
      description: 'entropy in nats, -max p, or minus the gap between the two most probable tokens',
    }),
  },
  ask: ({ inputs, params }) => ({ ask: 'uncertainty', prediction: inputs.prediction, measure: params.measure }),
  complete: ({ answer }) => ({ scores: answer }),
});
