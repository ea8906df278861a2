import { defineNode } from '../../graph/node-definition.js';
import { maskOf } from '../support/positions.js';
import { ranked } from '../support/ranking.js';

/** The positions with the lowest scores, any among ties; all there are where `count` asks for more. */
export const selectBest = defineNode({
  kind: 'select-best',
  summary: 'Selects the given number of positions with the lowest scores; chance decides between ties.',
  source: 'LLaDA, arXiv 2502.09992, section 2.4',
  inputs: { scores: 'scores', among: 'positions', count: 'number' },
  outputs: { positions: 'positions' },
  params: {},
  step: ({ inputs: { scores, among, count }, context }) => {
    const chosen = ranked(scores, among, 'best first', context).slice(0, Math.max(0, count));
    return {
      positions: maskOf(
        chosen.map(({ position }) => position),
        among.length,
      ),
    };
  },
});
