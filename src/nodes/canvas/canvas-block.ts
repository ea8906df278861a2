import { givenAt } from '../../graph/given.js';
import { defineNode } from '../../graph/node-definition.js';

/** A row's text behind its prompt as one clean block, to be judged as a whole; tokens that the row's template gives are fixed. */
export const canvasBlock = defineNode({
  kind: 'canvas-block',
  summary: 'Gives all that was written of a row, behind its prompt, as one block.',
  inputs: { canvas: 'canvas' },
  outputs: { block: 'block' },
  params: {},
  step: ({ inputs: { canvas } }) => {
    const start = canvas.promptLength;
    const tokens = canvas.tokens.slice(start);
    const fixed = tokens.map((_, i) => givenAt(canvas.template, start + i) !== undefined);
    return { block: { start, size: tokens.length, tokens, fixed } };
  },
});
