import { defineNode } from '../../graph/node-definition.js';

/** k = max(1, round((1 - alpha_s) L')) for a block of L' positions, rounded half to even. */
export const remaskCount = defineNode({
  kind: 'remask-count',
  summary: 'Says how many positions of a block get noise back on the way to alpha_s.',
  source: 'BlockGen, arXiv 2606.02241, corrector',
  inputs: { block: 'block', level: 'noise-level' },
  outputs: { count: 'number' },
  params: {},
  step: ({ inputs: { block, level } }) => ({
    count: Math.max(1, roundHalfToEven((1 - level.alphaS) * block.tokens.length)),
  }),
});

/** As the reference implementation rounds. */
function roundHalfToEven(x: number): number {
  const floor = Math.floor(x);
  if (x - floor !== 0.5) return Math.round(x);
  return floor % 2 === 0 ? floor : floor + 1;
}
