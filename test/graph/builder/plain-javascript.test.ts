import { describe, expect, test } from 'vitest';
import type { Body } from '../../../src/graph/builder/body.js';
import { pipeline } from '../../../src/graph/builder/pipeline.js';
import type { Wire } from '../../../src/graph/builder/types.js';
import { InputError } from '../../../src/graph/input-error.js';
import { append, openBlock } from '../support/nodes.js';
import { oneStep } from '../support/pipelines.js';

const face = { inputs: { canvas: 'canvas', cache: 'cache' }, params: {} } as const;

type PlainBody = Body & { input: { canvas: Wire<'canvas'>; cache: Wire<'cache'> } };

const nothing = null as never;

describe('the builder refuses what only plain JavaScript can give:', () => {
  test.each<[string, (g: PlainBody) => unknown, string]>([
    ['a pipeline', () => undefined, 'what it returns in pipeline "p" must be an object of wires, not undefined'],
    ['an output', () => ({ out: null }), '"out" of what it returns in pipeline "p" must be a wire, not null'],
    [
      'the inputs of a node',
      (g) => g.node('open', openBlock, nothing),
      'the inputs of "open" in pipeline "p" must be an object of wires, not null',
    ],
    [
      'an input',
      (g) => g.node('open', openBlock, { canvas: undefined as never }),
      '"canvas" of the inputs of "open" in pipeline "p" must be a wire, not undefined',
    ],
    [
      'the inputs of a subgraph',
      (g) => g.use('inner', oneStep, nothing, { mode: 'greedy' }),
      'the inputs of "inner" in pipeline "p" must be an object of wires, not null',
    ],
    [
      'a carry',
      (g) => g.loop('l', { carry: { canvas: nothing }, max: 1 }, (_, x) => ({ next: x })),
      '"canvas" of the carry of "l" in pipeline "p" must be a wire, not null',
    ],
    [
      'what a body returns',
      (g) => g.loop('l', { carry: { canvas: g.input.canvas }, max: 1 }, () => undefined as never),
      'the body of "l" must return { next }',
    ],
    [
      'the next values',
      (g) => g.loop('l', { carry: { canvas: g.input.canvas }, max: 1 }, () => ({ next: nothing })),
      'the next values of "l" in the body of "l" must be an object of wires, not null',
    ],
    [
      'the end of a loop',
      (g) => g.loop('l', { carry: { canvas: g.input.canvas }, max: 1 }, (_, next) => ({ next, until: nothing })),
      '"until" of "l" in the body of "l" must be a wire, not null',
    ],
    [
      'most iterations',
      (g) => g.loop('l', { carry: { canvas: g.input.canvas }, max: nothing }, (_, next) => ({ next })),
      'a parameter in pipeline "p" must be a value or a declared parameter, not null',
    ],
    [
      'a flag',
      (g) =>
        g.when(
          'w',
          nothing,
          () => ({}),
          () => ({}),
        ),
      'the flag of "w" in pipeline "p" must be a wire, not null',
    ],
    [
      'what a branch returns',
      (g) => {
        const { block } = g.node('open', openBlock, { canvas: g.input.canvas });
        const { done } = g.node('first', append, { canvas: g.input.canvas, block });
        return g.when(
          'w',
          done,
          () => ({ block }),
          () => nothing,
        );
      },
      'what it returns in the "else" branch of "w" must be an object of wires, not null',
    ],
  ])('nothing as %s', (_, make, message) => {
    const build = () => pipeline('p', face, (g) => make(g) as { out: Wire });
    expect(build).toThrow(new InputError(message));
  });
});
