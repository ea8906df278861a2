import { defineNode } from '../graph/node-definition.js';
import { isDone } from './support/canvas.js';

/** Commits a finished block to the canvas. */
export const blockAdvance = defineNode({
  kind: 'block-advance',
  summary: 'Commits a finished block to the row and says whether the row is full.',
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
    const advanced = { ...canvas, tokens: [...canvas.tokens.slice(0, block.start), ...block.tokens] };
    return { canvas: advanced, done: isDone(advanced) };
  },
  observe: ({ inputs: { canvas }, outputs }) => ({
    type: 'committed',
    start: canvas.tokens.length,
    tokens: outputs.canvas.tokens.slice(canvas.tokens.length),
  }),
});
