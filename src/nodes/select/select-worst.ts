import { defineNode } from '../../graph/node-definition.js';
import { maskOf } from '../support/positions.js';
import { ranked } from '../support/ranking.js';

/** The positions with the highest scores, the first among equals; all there are where `count` asks for more. */
export const selectWorst = defineNode({
  kind: 'select-worst',
  summary: 'Selects the given number of positions with the highest scores.',
  source: 'BlockGen, arXiv 2606.02241, corrector',
  inputs: { scores: 'scores', among: 'positions', count: 'number' },
  outputs: { positions: 'positions' },
  params: {},
  step: ({ inputs: { scores, among, count } }) => ({
    positions: maskOf(ranked(scores, among, 'worst first').slice(0, Math.max(0, count)), among.length),
  }),
});
