import { defineNode } from '../../../src/graph/node-definition.js';
import { choice, flag, integer, number } from '../../../src/graph/params.js';
import { createRegistry } from '../../../src/graph/registry.js';
import type { Block, Cache, Canvas, Prediction } from '../../../src/graph/values.js';

// The language never runs a node: these have ports and parameters of every sort, and steps that must not be called.
const never = (): never => {
  throw new Error('the graph language must not run nodes');
};

export const openBlock = defineNode({
  kind: 'open-block',
  summary: 'Opens a block.',
  inputs: { canvas: 'canvas' },
  outputs: { block: 'block' },
  params: { blockSize: integer({ min: 1, max: 64, default: 4, description: 'positions' }) },
  step: (): { block: Block } => never(),
});

export const denoise = defineNode({
  kind: 'denoise',
  summary: 'Denoises.',
  inputs: { cache: 'cache', block: 'block' },
  outputs: { prediction: 'prediction', cache: 'cache' },
  params: { temperature: number({ min: 0, max: 10, default: 1 }) },
  step: (): { prediction: Prediction; cache: Cache } => never(),
});

export const sampleStep = defineNode({
  kind: 'sample-step',
  summary: 'Samples.',
  inputs: { prediction: 'prediction', block: 'block' },
  outputs: { block: 'block', scores: 'scores' },
  params: { mode: choice(['sample', 'greedy', 'top-k']), strict: flag({ default: false }) },
  step: (): { block: Block; scores: readonly number[] } => never(),
});

export const threshold = defineNode({
  kind: 'threshold',
  summary: 'Compares a number.',
  inputs: { value: 'number' },
  outputs: { flag: 'flag' },
  params: { limit: number({}), margin: number({ optional: true }) },
  step: (): { flag: boolean } => never(),
});

export const append = defineNode({
  kind: 'append',
  summary: 'Appends a block.',
  inputs: { canvas: 'canvas', block: 'block' },
  outputs: { canvas: 'canvas', done: 'flag' },
  params: {},
  step: (): { canvas: Canvas; done: boolean } => never(),
});

export const testRegistry = createRegistry([openBlock, denoise, sampleStep, threshold, append]);
