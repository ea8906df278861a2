import { describe, expect, it } from 'vitest';
import { commitCanvas } from '../../src/nodes/index.js';
import { absorbingManifest, nodeContext } from '../support/context.js';

const context = nodeContext(absorbingManifest);
const canvasOf = (tokens: readonly number[], ended = false) => ({ tokens, length: 8, promptLength: 1, ended });

describe('commit-canvas', () => {
  it('hands the text on and tells what is new in it', () => {
    const inputs = { before: canvasOf([1, 2]), canvas: canvasOf([1, 2, 3, 0], true) };
    const outputs = commitCanvas.step({ inputs, params: {}, context });
    expect(outputs).toEqual({ canvas: inputs.canvas });
    const firing = { inputs, outputs, params: {}, context, answer: undefined };
    expect(commitCanvas.observe?.(firing)).toEqual({ type: 'committed', start: 2, tokens: [3, 0] });
  });

  it('tells nothing where nothing is new', () => {
    const same = canvasOf([1, 2]);
    const inputs = { before: same, canvas: same };
    const firing = { inputs, outputs: { canvas: same }, params: {}, context, answer: undefined };
    expect(commitCanvas.observe?.(firing)).toBeUndefined();
  });

  it.each([
    ['differs', [1, 3, 3], 1],
    ['is shorter', [1], 1],
  ])('refuses a text that %s', (_, tokens, at) => {
    const inputs = { before: canvasOf([1, 2]), canvas: canvasOf(tokens) };
    expect(() => commitCanvas.step({ inputs, params: {}, context })).toThrow(
      `the text differs from the row at position ${String(at)}, and what is committed is final`,
    );
  });
});
