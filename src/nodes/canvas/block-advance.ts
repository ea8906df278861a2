import { givenAt, givenRun } from '../../graph/given.js';
import { defineNode } from '../../graph/node-definition.js';
import { isDone } from '../support/canvas.js';

/**
 * Commits a finished block to the canvas, and with it the given tokens that follow right behind, so that a row which
 * is not done goes on at an open position.
 */
export const blockAdvance = defineNode({
  kind: 'block-advance',
  summary: 'Commits a finished block to the row, with given tokens right behind it, and says whether the row is full.',
  source: 'BD3-LM, arXiv 2503.09573',
  inputs: { canvas: 'canvas', block: 'block' },
  outputs: { canvas: 'canvas', done: 'flag' },
  params: {},
  step: ({ inputs: { canvas, block }, context }) => {
    const masks = block.tokens.filter((token) => token === context.manifest.maskId).length;
    if (masks > 0) {
      throw new Error(
        `${masks.toString()} of the block's ${block.tokens.length.toString()} positions are still masked; ` +
          'let its last step go to alpha_s = 1 before committing it',
      );
    }
    const lost = block.tokens.findIndex((token, i) => token !== (givenAt(canvas.template, block.start + i) ?? token));
    if (lost >= 0) {
      throw new Error(
        `the token given at position ${(block.start + lost).toString()} of the row has become another one; ` +
          'nodes have to keep the tokens at fixed positions',
      );
    }
    const written = [...canvas.tokens.slice(0, block.start), ...block.tokens];
    const behind = canvas.ended ? [] : givenRun(canvas.template, written.length);
    const advanced = { ...canvas, tokens: [...written, ...behind] };
    return { canvas: advanced, done: isDone(advanced) };
  },
  observe: ({ inputs: { canvas }, outputs }) => ({
    type: 'committed',
    start: canvas.tokens.length,
    tokens: outputs.canvas.tokens.slice(canvas.tokens.length),
  }),
});
