import { defineNode } from '../../graph/node-definition.js';
import { temperature } from '../support/temperature.js';

/** Sharpens or flattens a prediction: p^(1 / temperature), normalised. */
export const temper = defineNode({
  kind: 'temper',
  summary: 'Divides the logits of a prediction by a temperature.',
  source: 'Ackley, Hinton and Sejnowski, A learning algorithm for Boltzmann machines, 1985',
  inputs: { prediction: 'prediction' },
  outputs: { prediction: 'prediction' },
  params: { temperature },
  step: ({ inputs, params }) => ({
    prediction: inputs.prediction.shaped({ shape: 'temperature', value: params.temperature }),
  }),
});
