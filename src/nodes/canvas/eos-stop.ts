import { givenEnd } from '../../graph/given.js';
import { defineNode } from '../../graph/node-definition.js';

/**
 * Cuts a finished block behind the first end-of-sequence token that the row was not given, and ends the row. A model
 * without such a token lets every block pass. Comes before the block is committed, so that nothing behind
 * the end ever joins the row. A row does not end in front of a token that it was given: there, the end of a sequence
 * is a token like any other.
 */
export const eosStop = defineNode({
  kind: 'eos-stop',
  summary: 'Cuts a finished block behind the first end-of-sequence token that the row was not given, and ends the row.',
  inputs: { canvas: 'canvas', block: 'block' },
  outputs: { canvas: 'canvas', block: 'block', ended: 'flag' },
  params: {},
  step: ({ inputs: { canvas, block }, context }) => {
    const { eosId } = context.manifest;
    const earliest = Math.max(canvas.tokens.length, givenEnd(canvas.template)) - block.start;
    const at = block.tokens.findIndex((token, i) => token === eosId && i >= earliest);
    if (at < 0) return { canvas, block, ended: canvas.ended };
    const cut = { ...block, tokens: block.tokens.slice(0, at + 1), fixed: block.fixed.slice(0, at + 1) };
    return { canvas: { ...canvas, ended: true }, block: cut, ended: true };
  },
});
