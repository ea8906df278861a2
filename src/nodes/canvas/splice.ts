import { defineNode } from '../../graph/node-definition.js';
import { refuseApart } from '../support/block.js';

/**
 * The first `count` positions of one block and the next one of another, and nothing behind. Where the other block does not
 * reach that far, nothing follows.
 */
export const splice = defineNode({
  kind: 'splice',
  summary: 'Joins the first positions of one block with the next position of another, and cuts the block there.',
  source: 'Leviathan, Kalman and Matias, Speculative Decoding, arXiv 2211.17192, algorithm 1',
  inputs: { head: 'block', tail: 'block', count: 'number' },
  outputs: { block: 'block' },
  params: {},
  step: ({ inputs: { head, tail, count } }) => {
    refuseApart(head, tail);
    if (!Number.isInteger(count) || count < 0 || count > head.tokens.length) {
      throw new Error(`count must be an integer from 0 to ${String(head.tokens.length)}, not ${String(count)}`);
    }
    const join = <T>(first: readonly T[], then: readonly T[]): T[] => [
      ...first.slice(0, count),
      ...then.slice(count, count + 1),
    ];
    return { block: { ...head, tokens: join(head.tokens, tail.tokens), fixed: join(head.fixed, tail.fixed) } };
  },
});
