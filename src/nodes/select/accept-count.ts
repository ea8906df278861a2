import { leastLogProbability } from '../../graph/effects.js';
import { defineNode } from '../../graph/node-definition.js';
import { maskOf } from '../support/positions.js';

/**
 * How many leading tokens of a draft may stand in for draws from p: a token that was drawn from q passes with probability
 * min(1, p / q), and the first that does not ends it. The scores are -log p and -log q of the draft's tokens. Fixed positions,
 * which nobody drew, pass. `next` is the position behind those that pass: the first refused one, or the one behind the draft.
 */
export const acceptCount = defineNode({
  kind: 'accept-count',
  summary:
    'Counts how many leading tokens of a draft pass with probability min(1, p / q), by their scores -log p and -log q.',
  source: 'Leviathan, Kalman and Matias, Speculative Decoding, arXiv 2211.17192; Chen et al., arXiv 2302.01318',
  inputs: { block: 'block', target: 'scores', proposal: 'scores' },
  outputs: { count: 'number', next: 'positions' },
  params: {},
  step: ({ inputs: { block, target, proposal }, context }) => {
    const uniforms = context.uniforms(block.tokens.length);
    const passes = (i: number): boolean => {
      const [logP, logQ] = [-(target[i] ?? NaN), -(proposal[i] ?? NaN)];
      const ratio = Math.exp(logP - logQ);
      if (Number.isNaN(ratio)) throw new Error(`position ${String(i)} of the draft has no score`);
      // A token that cannot be has a finite score all the same, and a uniform may be 0.
      return logP > leastLogProbability && (uniforms[i] ?? 0) < ratio;
    };
    const refused = block.tokens.findIndex((_, i) => block.fixed[i] !== true && !passes(i));
    const count = refused < 0 ? block.tokens.length : refused;
    return { count, next: maskOf([count], block.tokens.length + 1) };
  },
});
