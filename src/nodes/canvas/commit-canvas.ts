import { defineNode } from '../../graph/node-definition.js';

/** Makes a text that was only tried out, as a rule by a draft subgraph, part of the row: everything of it that is new. */
export const commitCanvas = defineNode({
  kind: 'commit-canvas',
  summary: 'Commits what a drafted text adds to the row as it was before.',
  inputs: { before: 'canvas', canvas: 'canvas' },
  outputs: { canvas: 'canvas' },
  params: {},
  step: ({ inputs: { before, canvas } }) => {
    const at = before.tokens.findIndex((token, i) => canvas.tokens[i] !== token);
    if (at >= 0) {
      throw new Error(
        `the text differs from the row at position ${String(at)}, and what is committed is final: ` +
          'draft from the same canvas that "before" is',
      );
    }
    return { canvas };
  },
  observe: ({ inputs: { before }, outputs: { canvas } }) => {
    const start = before.tokens.length;
    if (canvas.tokens.length === start) return undefined;
    return { type: 'committed', start, tokens: canvas.tokens.slice(start) };
  },
});
