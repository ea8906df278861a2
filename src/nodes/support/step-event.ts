import type { NodeEvent } from '../../graph/node-definition.js';
import type { Block, NoiseLevel } from '../../graph/values.js';

/** What viewers see of a block that was drawn: its tokens, and how probable each was. */
export const stepEvent = (block: Block, confidence: readonly number[], { step, steps }: NoiseLevel): NodeEvent => ({
  type: 'step',
  start: block.start,
  tokens: block.tokens,
  confidence,
  step,
  steps,
});
