import { expect, test } from 'vitest';
import { describeNode } from '../../src/graph/describe.js';
import { append, openBlock, sampleStep, threshold } from './support/nodes.js';

test('a kind of node is described by its ports and parameters', () => {
  expect(describeNode({ ...append, source: 'A paper, eq. 1' })).toBe(
    ['append: Appends a block.', 'source: A paper, eq. 1', 'in:  canvas, block', 'out: canvas, done: flag'].join(
      '\n  ',
    ),
  );
  expect(describeNode(sampleStep)).toContain('mode: one of sample, greedy, top-k (required)');
  expect(describeNode(sampleStep)).toContain('strict: true or false (default false)');
  expect(describeNode(threshold)).toContain('margin: a number (optional)');
  expect(describeNode(openBlock)).toContain('blockSize: an integer from 1 to 64 (default 4); positions');
  expect(describeNode(threshold)).toMatch(/margin: a number \(optional\)$/);
  expect(describeNode({ ...append, inputs: {} })).toContain('in:  nothing');
});
