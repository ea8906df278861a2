import { defineNode } from '../../graph/node-definition.js';
import { number } from '../../graph/params.js';
import { maskOf } from '../support/positions.js';
import { ranked } from '../support/ranking.js';

/**
 * The positions whose confidence reaches the threshold, and the most confident one in any case, so that a loop over it
 * ends. Measures of confidence (a probability, a margin) travel as scores with their sign turned, since high scores are
 * bad; the threshold is in the measure's own terms. Ties reach it together, and any of the most confident ones is kept.
 */
export const selectConfident = defineNode({
  kind: 'select-confident',
  summary:
    'Selects the positions whose confidence reaches a threshold, and always the most confident one; chance decides between ties.',
  source: 'Fast-dLLM, arXiv 2505.22618, confidence-aware parallel decoding',
  inputs: { scores: 'scores', among: 'positions' },
  outputs: { positions: 'positions' },
  params: {
    threshold: number({ description: 'least confidence; scores are confidences with their sign turned' }),
  },
  step: ({ inputs: { scores, among }, params: { threshold }, context }) => {
    const chosen = ranked(scores, among, 'best first', context).filter(
      ({ score }, rank) => rank === 0 || -score >= threshold,
    );
    return {
      positions: maskOf(
        chosen.map(({ position }) => position),
        among.length,
      ),
    };
  },
});
