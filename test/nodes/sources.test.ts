import { expect, it } from 'vitest';
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
