import { defineNode } from '../../graph/node-definition.js';
import { isDone } from '../support/canvas.js';

/** Whether a row needs no further block: a branch on it skips what has nothing left to write. */
export const canvasDone = defineNode({
  kind: 'canvas-done',
  summary: 'Says whether a row is full or has ended.',
  inputs: { canvas: 'canvas' },
  outputs: { done: 'flag' },
  params: {},
  step: ({ inputs: { canvas } }) => ({ done: isDone(canvas) }),
});
