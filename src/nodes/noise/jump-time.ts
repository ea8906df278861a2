import { defineNode } from '../../graph/node-definition.js';
import { refusal } from '../support/objection.js';
import { indicesOf } from '../support/positions.js';

/**
 * The time at which the first of n masked positions is revealed: t' = t u^(1/n), since each of them is revealed at a
 * time that is uniform in [0, t]. Time is 1 - alpha, so that this holds for every schedule.
 */
export const jumpTime = defineNode({
  kind: 'jump-time',
  summary: 'Draws the time at which the next masked position is revealed.',
  source: 'First-hitting sampler, arXiv 2409.02908, proposition 4.1',
  inputs: { time: 'number', open: 'positions' },
  outputs: { time: 'number', level: 'noise-level' },
  params: {},
  objections: (_params, { maskId, name }) =>
    maskId !== null
      ? []
      : [
          refusal(
            `is for absorbing noise, where a position is revealed once and for all, and ${name} has uniform noise`,
          ),
        ],
  step: ({ inputs: { time, open }, context }) => {
    const masked = indicesOf(open).length;
    const [u = 0] = context.uniforms(1);
    // 1 - u lies in (0, 1]: no jump reaches time 0.
    const next = masked === 0 ? time : time * (1 - u) ** (1 / masked);
    const step = open.length - masked;
    return {
      time: next,
      level: { alphaT: 1 - time, alphaS: 1 - next, step, steps: open.length, last: false },
    };
  },
});
