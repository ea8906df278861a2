import { defineNode } from '../../graph/node-definition.js';
import { priorNoise } from '../support/noise.js';
import { refusal } from '../support/objection.js';
import { temperature } from '../support/temperature.js';

/** One AR forward over a drafted block: p_AR(x_i | x_<i) at every position, by probes of prior noise. */
export const arScore = defineNode({
  kind: 'ar-score',
  summary: 'Predicts every token of a draft from the tokens before it, all in one AR forward.',
  source: 'BlockGen, arXiv 2606.02241, AR scoring',
  inputs: { cache: 'cache', block: 'block' },
  outputs: { prediction: 'prediction', cache: 'cache' },
  params: { temperature },
  objections: (_params, manifest) =>
    manifest.causality === 'token-causal'
      ? []
      : [
          refusal(
            `needs a model that is causal on clean tokens (x0_causal), and ${manifest.name} is ${manifest.causality}`,
          ),
        ],
  forward: ({ inputs: { cache, block }, params, context }) => ({
    call: 'ar-score',
    cache,
    draft: block,
    probe: priorNoise(context, block.tokens.length),
    temperature: params.temperature,
  }),
  complete: ({ reply }) => ({ prediction: reply.prediction, cache: reply.cache }),
});
