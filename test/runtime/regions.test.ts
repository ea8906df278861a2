import { lastValueFrom } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { defineNode } from '../../src/graph/node-definition.js';
import { integer } from '../../src/graph/params.js';
import { createRegistry } from '../../src/graph/registry.js';
import { run } from '../../src/runtime/run.js';
import { absorbingManifest } from '../support/context.js';
import { NullDenoiser } from '../support/null-denoiser.js';
import { check } from '../support/pipelines.js';

/** Arithmetic on a canvas, so that what loops and branches did can be read off the finished row. */
const registry = createRegistry([
  defineNode({
    kind: 'push',
    summary: 'Puts a number behind the canvas.',
    inputs: { canvas: 'canvas', number: 'number' },
    outputs: { canvas: 'canvas' },
    params: {},
    step: ({ inputs: { canvas, number } }) => ({ canvas: { ...canvas, tokens: [...canvas.tokens, number] } }),
    observe: ({ inputs: { canvas, number } }) => ({ type: 'committed', start: canvas.tokens.length, tokens: [number] }),
  }),
  defineNode({
    kind: 'count',
    summary: 'Counts the tokens of a canvas.',
    inputs: { canvas: 'canvas' },
    outputs: { number: 'number' },
    params: {},
    step: ({ inputs: { canvas } }) => ({ number: canvas.tokens.length }),
  }),
  defineNode({
    kind: 'times-add',
    summary: 'a * factor + b.',
    inputs: { a: 'number', b: 'number' },
    outputs: { number: 'number' },
    params: { factor: integer({ default: 10 }) },
    step: ({ inputs: { a, b }, params }) => ({ number: a * params.factor + b }),
  }),
  defineNode({
    kind: 'at-least',
    summary: 'Whether a number is at least so much.',
    inputs: { number: 'number' },
    outputs: { flag: 'flag' },
    params: { bound: integer({ default: 0 }) },
    step: ({ inputs: { number }, params }) => ({ flag: number >= params.bound }),
  }),
  defineNode({
    kind: 'open',
    summary: 'Opens a cache.',
    inputs: {},
    outputs: { cache: 'cache' },
    params: {},
    step: ({ context }) => ({ cache: context.openCache() }),
  }),
  defineNode({
    kind: 'touch',
    summary: 'Reads a cache.',
    inputs: { cache: 'cache', canvas: 'canvas' },
    outputs: { canvas: 'canvas' },
    params: {},
    step: ({ inputs: { cache, canvas } }) => {
      cache.follow(cache.tokens).release();
      return { canvas };
    },
  }),
]);

// The nodes here write numbers that they compute, and each has to be a token.
const denoiser = new NullDenoiser({ ...absorbingManifest, vocabularySize: 64, maskId: 63 });

async function tokensOf(
  parts: { nodes: unknown; outputs: unknown; params?: unknown },
  params = {},
): Promise<readonly number[]> {
  const document = { format: 1, name: 'regions', inputs: { canvas: 'canvas', cache: 'cache' }, ...parts };
  const last = await lastValueFrom(run(check(document, registry), { model: { denoiser, tokenizer: null }, params }));
  expect(denoiser.live).toBe(0);
  if (last.type !== 'finished') throw new Error(JSON.stringify(last));
  return last.rows[0]?.tokens ?? [];
}

const counted = (max: unknown, until?: string): unknown => ({
  l: {
    kind: 'loop',
    carry: { canvas: 'input.canvas' },
    max,
    ...(until === undefined ? {} : { until }),
    body: {
      p: { kind: 'push', in: { canvas: 'l.canvas', number: 'l.index' } },
      c: { kind: 'count', in: { canvas: 'p.canvas' } },
      f: { kind: 'at-least', in: { number: 'c.number' }, params: { bound: 3 } },
    },
    next: { canvas: 'p.canvas' },
  },
});

describe('loops', () => {
  const outputs = { canvas: 'l.canvas' };

  it('run up to their bound, and not at all at bound 0', async () => {
    expect(await tokensOf({ nodes: counted(5), outputs })).toEqual([0, 1, 2, 3, 4]);
    expect(await tokensOf({ nodes: counted(0), outputs })).toEqual([]);
    const params = { n: { type: 'integer', min: 0, default: 2 } };
    expect(await tokensOf({ nodes: counted({ $param: 'n' }), outputs, params })).toEqual([0, 1]);
    expect(await tokensOf({ nodes: counted({ $param: 'n' }), outputs, params }, { n: 4 })).toEqual([0, 1, 2, 3]);
  });

  it('stop when their flag is true', async () => {
    expect(await tokensOf({ nodes: counted(50, 'f.flag'), outputs })).toEqual([0, 1, 2]);
  });

  it('nest, and see the values of the loops around them', async () => {
    const nodes = {
      outer: {
        kind: 'loop',
        carry: { canvas: 'input.canvas' },
        max: 3,
        body: {
          inner: {
            kind: 'loop',
            carry: { canvas: 'outer.canvas' },
            max: 2,
            body: {
              n: { kind: 'times-add', in: { a: 'outer.index', b: 'inner.index' } },
              p: { kind: 'push', in: { canvas: 'inner.canvas', number: 'n.number' } },
            },
            next: { canvas: 'p.canvas' },
          },
        },
        next: { canvas: 'inner.canvas' },
      },
    };
    expect(await tokensOf({ nodes, outputs: { canvas: 'outer.canvas' } })).toEqual([0, 1, 10, 11, 20, 21]);
  });

  it('swap carries at once, and hand on what a body leaves alone', async () => {
    const nodes = {
      one: { kind: 'push', in: { canvas: 'input.canvas', number: 'zero.number' } },
      zero: { kind: 'count', in: { canvas: 'input.canvas' } },
      l: {
        kind: 'loop',
        carry: { a: 'input.canvas', b: 'one.canvas', kept: 'input.cache' },
        max: 3,
        body: {},
        next: { a: 'l.b', b: 'l.a', kept: 'l.kept' },
      },
    };
    expect(await tokensOf({ nodes, outputs: { canvas: 'l.a', cache: 'l.kept' } })).toEqual([0]);
  });

  it('with nothing in them end, however high the bound, without filling the stack', async () => {
    const nodes = {
      l: { kind: 'loop', carry: { canvas: 'input.canvas' }, max: 100_000, body: {}, next: { canvas: 'l.canvas' } },
    };
    expect(await tokensOf({ nodes, outputs })).toEqual([]);
  });

  it('keep a handle from around them for all their iterations', async () => {
    const nodes = {
      o: { kind: 'open' },
      l: {
        kind: 'loop',
        carry: { canvas: 'input.canvas', cache: 'o.cache' },
        max: 4,
        body: {
          n: { kind: 'open' },
          t: { kind: 'touch', in: { cache: 'input.cache', canvas: 'l.canvas' } },
          u: { kind: 'touch', in: { cache: 'l.cache', canvas: 't.canvas' } },
          p: { kind: 'push', in: { canvas: 'u.canvas', number: 'l.index' } },
        },
        next: { canvas: 'p.canvas', cache: 'n.cache' },
      },
      after: { kind: 'touch', in: { cache: 'l.cache', canvas: 'l.canvas' } },
    };
    expect(await tokensOf({ nodes, outputs: { canvas: 'after.canvas' } })).toEqual([0, 1, 2, 3]);
  });
});

describe('branches', () => {
  const branching = (bound: number): { nodes: unknown; outputs: unknown } => ({
    nodes: {
      c: { kind: 'count', in: { canvas: 'input.canvas' } },
      f: { kind: 'at-least', in: { number: 'c.number' }, params: { bound } },
      o: { kind: 'open' },
      i: {
        kind: 'if',
        flag: 'f.flag',
        then: {
          nodes: { p: { kind: 'push', in: { canvas: 'input.canvas', number: 'c.number' } } },
          outputs: { canvas: 'p.canvas', cache: 'o.cache' },
        },
        else: { outputs: { canvas: 'input.canvas', cache: 'input.cache' } },
      },
      t: { kind: 'touch', in: { cache: 'i.cache', canvas: 'i.canvas' } },
    },
    outputs: { canvas: 't.canvas' },
  });

  it('run one side only and pass values through', async () => {
    expect(await tokensOf(branching(0))).toEqual([0]);
    expect(await tokensOf(branching(1))).toEqual([]);
  });
});

describe('nodes', () => {
  it('whose outputs nobody reads fire all the same, and their handles go', async () => {
    const nodes = { o: { kind: 'open' }, c: { kind: 'count', in: { canvas: 'input.canvas' } } };
    expect(await tokensOf({ nodes, outputs: { canvas: 'input.canvas' } })).toEqual([]);
  });
});
