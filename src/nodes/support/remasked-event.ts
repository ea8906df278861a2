import type { NodeEvent } from '../../graph/node-definition.js';
import type { Block, Positions } from '../../graph/values.js';
import { indicesOf } from './positions.js';

/** What viewers see of a block on which noise was put: its tokens now, and where. */
export const remaskedEvent = (block: Block, positions: Positions): NodeEvent => ({
  type: 'remasked',
  start: block.start,
  tokens: block.tokens,
  positions: indicesOf(positions),
});
