import { describe, expect, it } from 'vitest';
import type { Block, Canvas } from '../../src/graph/values.js';
import { addNoise, recall } from '../../src/nodes/index.js';
import { absorbingManifest, nodeContext } from '../support/context.js';

const block: Block = { start: 2, size: 4, tokens: [4, 4, 0, 4], fixed: [false, false, true, false] };
const source: Canvas = { tokens: [0, 1, 2, 3, 2], length: 5, promptLength: 5, ended: false };

it('recall takes the source at the positions of the block; fixed ones stay, and what is behind the source', () => {
  const firing = { inputs: { block, source }, params: {}, context: nodeContext(absorbingManifest) };
  const outputs = recall.step(firing);
  expect(outputs.block).toEqual({ ...block, tokens: [2, 3, 0, 4] });
  expect(recall.observe?.({ ...firing, outputs, answer: undefined })).toEqual({
    type: 'step',
    start: 2,
    tokens: [2, 3, 0, 4],
    confidence: [1, 1, 1, null],
  });
});

describe('recall of a source that ended', () => {
  const ended = (tokens: readonly number[]): Canvas => ({ ...source, tokens, length: 9, ended: true });
  const recalled = (text: Canvas) =>
    recall.step({ inputs: { block, source: text }, params: {}, context: nodeContext(absorbingManifest) }).block;

  it('ends the block with the source, whose last token stays', () => {
    const cut = { ...block, tokens: [2], fixed: [true] };
    expect(recalled(ended([0, 1, 2]))).toEqual(cut);
    expect(recalled(ended([0, 1, 2, 3, 2, 1]))).toEqual({
      ...block,
      tokens: [2, 3, 0, 1],
      fixed: [false, false, true, true],
    });
  });

  it.each([
    ['behind the block', [0, 1, 2, 3, 2, 1, 3], [2, 3, 0, 1]],
    ['before the block', [0, 1], block.tokens],
  ])('leaves the block whole where it ended %s', (_, tokens, expected) => {
    expect(recalled(ended(tokens))).toEqual({ ...block, tokens: expected });
  });
});

it('add-noise tells which tokens it took', () => {
  const clean: Block = { ...block, tokens: [2, 3, 0, 1] };
  const level = { alphaT: 0, alphaS: 0, step: 0, steps: 1, last: false };
  const firing = { inputs: { block: clean, level }, params: {}, context: nodeContext(absorbingManifest) };
  const outputs = addNoise.step(firing);
  expect(outputs.block.tokens).toEqual([4, 4, 0, 4]);
  expect(addNoise.observe?.({ ...firing, outputs, answer: undefined })).toEqual({
    type: 'remasked',
    start: 2,
    tokens: [4, 4, 0, 4],
    positions: [0, 1, 3],
  });
  const none = { ...firing, inputs: { block: clean, level: { ...level, alphaS: 1, last: true } } };
  expect(addNoise.step(none).block).toEqual(clean);
});
