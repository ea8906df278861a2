import { defineNode } from '../graph/node-definition.js';

/** Ends a row behind its first generated end-of-sequence token. A model without one lets every row pass. */
export const eosStop = defineNode({
  kind: 'eos-stop',
  summary: 'Ends a row behind the first end-of-sequence token that it generated.',
  inputs: { canvas: 'canvas' },
  outputs: { canvas: 'canvas', done: 'flag' },
  params: {},
  step: ({ inputs: { canvas }, context }) => {
    const { eosId } = context.manifest;
    const at = eosId === null ? -1 : canvas.tokens.indexOf(eosId, canvas.promptLength);
    const ended = at >= 0;
    return {
      canvas: ended ? { ...canvas, tokens: canvas.tokens.slice(0, at + 1), ended } : canvas,
      done: ended || canvas.ended || canvas.tokens.length >= canvas.length,
    };
  },
});
