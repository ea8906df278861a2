import { defineNode } from '../../graph/node-definition.js';
import { maskOf } from '../support/positions.js';
import { ranked } from '../support/ranking.js';

/** The positions with the highest scores, any among ties; all there are where `count` asks for more. */
export const selectWorst = defineNode({
  kind: 'select-worst',
  summary: 'Selects the given number of positions with the highest scores; chance decides between ties.',
  source: 'BlockGen, arXiv 2606.02241, corrector',
  inputs: { scores: 'scores', among: 'positions', count: 'number' },
  outputs: { positions: 'positions' },
  params: {},
  step: ({ inputs: { scores, among, count }, context }) => {
    const chosen = ranked(scores, among, 'worst first', context).slice(0, Math.max(0, count));
    return {
      positions: maskOf(
        chosen.map(({ position }) => position),
        among.length,
      ),
    };
  },
});
