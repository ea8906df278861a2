import { defineNode } from '../graph/node-definition.js';
import { priorNoise } from './support/noise.js';
import { remaskCount } from './support/remask-count.js';

/**
 * Puts prior noise back on the k = max(1, round((1 - alpha_s) L')) positions with the highest scores (the
 * first among equals). Fixed positions are never chosen, so that k shrinks to what is left.
 */
export const remask = defineNode({
  kind: 'remask',
  summary: 'Puts noise back on the positions with the highest scores, as many as alpha_s asks for.',
  source: 'BlockGen, arXiv 2606.02241, corrector',
  inputs: { block: 'block', scores: 'scores', level: 'noise-level' },
  outputs: { block: 'block', positions: 'positions' },
  params: {},
  step: ({ inputs: { block, scores, level }, context }) => {
    const score = (i: number): number => scores[i] ?? -Infinity;
    const chosen = new Set(
      block.tokens
        .map((_, i) => i)
        .filter((i) => block.fixed[i] !== true)
        .sort((a, b) => score(b) - score(a) || a - b)
        .slice(0, remaskCount(level.alphaS, block.tokens.length)),
    );
    const noise = priorNoise(context, block.tokens.length);
    return {
      block: { ...block, tokens: block.tokens.map((token, i) => (chosen.has(i) ? (noise[i] ?? token) : token)) },
      positions: block.tokens.map((_, i) => chosen.has(i)),
    };
  },
  observe: ({ outputs: { block, positions } }) => ({
    type: 'remasked',
    start: block.start,
    tokens: block.tokens,
    positions: positions.flatMap((chosen, i) => (chosen ? [i] : [])),
  }),
});
