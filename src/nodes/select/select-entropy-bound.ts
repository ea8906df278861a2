import { defineNode } from '../../graph/node-definition.js';
import { number } from '../../graph/params.js';
import { maskOf } from '../support/positions.js';
import { levelled, ranked } from '../support/ranking.js';

/**
 * The longest run of positions, best score first, whose entropies without the largest of them sum to at most `gamma`: a
 * bound on how far tokens drawn on their own are from tokens drawn together. One position always fits. Chance orders ties, and
 * entropies that tie count as one.
 */
export const selectEntropyBound = defineNode({
  kind: 'select-entropy-bound',
  summary:
    'Selects the best positions as long as the dependence between them, bounded by their entropies, stays small; chance decides between ties.',
  source: 'EB-Sampler, arXiv 2505.24857',
  inputs: { scores: 'scores', entropy: 'scores', among: 'positions' },
  outputs: { positions: 'positions' },
  params: {
    gamma: number({
      min: 0,
      description: 'largest sum of the entropies but one, in nats; 0 takes one position (and certain ones)',
    }),
  },
  step: ({ inputs: { scores, entropy, among }, params: { gamma }, context }) => {
    const order = ranked(scores, among, 'best first', context).map(({ position }) => position);
    const entropies = levelled(entropy, among);
    let largest = 0;
    let others = 0;
    // The bound only grows along the run, so that the first position to break it ends it.
    const end = order.findIndex((i) => {
      // Rounding may leave the entropy of a certain token just below 0.
      const here = Math.max(0, entropies[i] ?? 0);
      others += Math.min(largest, here);
      largest = Math.max(largest, here);
      return others > gamma;
    });
    return { positions: maskOf(end < 0 ? order : order.slice(0, end), among.length) };
  },
});
