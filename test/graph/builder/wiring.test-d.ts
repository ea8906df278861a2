import { expectTypeOf, test } from 'vitest';
import { pipeline } from '../../../src/graph/builder/pipeline.js';
import type { ParamRef, Pipeline, Wire } from '../../../src/graph/builder/types.js';
import { choice, flag, integer, number } from '../../../src/graph/params.js';
import { append, denoise, openBlock, sampleStep } from '../support/nodes.js';
import { oneStep } from '../support/pipelines.js';

const face = {
  inputs: { canvas: 'canvas', cache: 'cache' },
  params: {
    steps: integer({ min: 1, default: 4 }),
    temperature: number({ default: 1 }),
    maybe: integer({ optional: true }),
    mode: choice(['sample', 'greedy'], { default: 'sample' }),
    other: choice(['nll', 'entropy']),
    strict: flag({ default: true }),
  },
} as const;

test('wires carry their kinds', () => {
  const built = pipeline('p', face, (g) => {
    expectTypeOf(g.input).toEqualTypeOf<{ readonly canvas: Wire<'canvas'>; readonly cache: Wire<'cache'> }>();
    expectTypeOf(g.param.steps).toExtend<ParamRef<{ readonly type: 'integer' }>>();
    const { block } = g.node('open', openBlock, { canvas: g.input.canvas });
    expectTypeOf(block).toEqualTypeOf<Wire<'block'>>();
    const ended = g.loop('l', { carry: { block, cache: g.input.cache }, max: g.param.steps }, (b, x, index) => {
      expectTypeOf(x).toEqualTypeOf<{ readonly block: Wire<'block'>; readonly cache: Wire<'cache'> }>();
      expectTypeOf(index).toEqualTypeOf<Wire<'number'>>();
      const { prediction, cache } = b.node('d', denoise, { cache: x.cache, block: x.block });
      expectTypeOf(prediction).toEqualTypeOf<Wire<'prediction'>>();
      return { next: { cache, block: x.block } };
    });
    expectTypeOf(ended).toEqualTypeOf<{ readonly block: Wire<'block'>; readonly cache: Wire<'cache'> }>();
    const { done } = g.node('append', append, { canvas: g.input.canvas, block });
    const picked = g.when(
      'w',
      done,
      () => ({ a: block }),
      () => ({ a: ended.block }),
    );
    expectTypeOf(picked).toEqualTypeOf<{ readonly a: Wire<'block'> }>();
    const used = g.use('u', oneStep, ended, { mode: 'greedy' });
    expectTypeOf(used).toEqualTypeOf<{ readonly block: Wire<'block'>; readonly cache: Wire<'cache'> }>();
    return { block: used.block };
  });
  expectTypeOf(built).toEqualTypeOf<
    Pipeline<
      { readonly canvas: 'canvas'; readonly cache: 'cache' },
      { readonly block: 'block' },
      (typeof face)['params']
    >
  >();
});

test('wrong wires do not compile', () => {
  pipeline('p', face, (g) => {
    const { canvas, cache } = g.input;
    const { block } = g.node('open', openBlock, { canvas });
    // @ts-expect-error a cache is not a canvas
    g.node('a', openBlock, { canvas: cache });
    // @ts-expect-error input "block" is missing
    g.node('b', denoise, { cache });
    // @ts-expect-error there is no input "canvas"
    g.node('c', denoise, { cache, block, canvas });
    expectTypeOf(g.node('d', openBlock, { canvas })).not.toHaveProperty('blocks');
    // @ts-expect-error a reference is not a wire
    g.node('e', openBlock, { canvas: 'input.canvas' });
    expectTypeOf(g.input).not.toHaveProperty('block');
    return { block };
  });
});

test('wrong parameters do not compile', () => {
  pipeline('p', face, (g) => {
    const { canvas, cache } = g.input;
    const { block } = g.node('open', openBlock, { canvas }, { blockSize: g.param.steps });
    const { prediction } = g.node('d', denoise, { cache, block }, { temperature: g.param.steps });
    // @ts-expect-error text is not a number
    g.node('a', denoise, { cache, block }, { temperature: 'hot' });
    // @ts-expect-error a number is not an integer
    g.node('b', openBlock, { canvas }, { blockSize: g.param.temperature });
    // @ts-expect-error there is no parameter "size"
    g.node('c', openBlock, { canvas }, { size: 1 });
    // @ts-expect-error parameter "mode" must be set
    g.node('e', sampleStep, { prediction, block });
    // @ts-expect-error parameter "mode" must be set
    g.node('f', sampleStep, { prediction, block }, { strict: true });
    // @ts-expect-error there is no choice "gready"
    g.node('g', sampleStep, { prediction, block }, { mode: 'gready' });
    g.node('h', sampleStep, { prediction, block }, { mode: g.param.mode, strict: g.param.strict });
    // @ts-expect-error choices of "other" are not those of "mode"
    g.node('i', sampleStep, { prediction, block }, { mode: g.param.other });
    // @ts-expect-error a flag is not a choice
    g.node('j', sampleStep, { prediction, block }, { mode: g.param.strict });
    // @ts-expect-error a parameter that may be left out cannot stand where a value is needed
    g.node('k', openBlock, { canvas }, { blockSize: g.param.maybe });
    expectTypeOf(g.param).not.toHaveProperty('step');
    // @ts-expect-error "append" has no parameters
    g.node('l', append, { canvas, block }, { blockSize: 1 });
    // @ts-expect-error the subgraph's parameter "mode" must be set
    g.use('m', oneStep, { cache, block });
    // @ts-expect-error and that of a draft as well
    g.draft('d', oneStep, { cache, block });
    // @ts-expect-error a block is not a cache
    g.use('n', oneStep, { cache: block, block }, { mode: 'sample' });
    return { block };
  });
});

test('wrong loops do not compile', () => {
  pipeline('p', face, (g) => {
    const { canvas, cache } = g.input;
    const { block } = g.node('open', openBlock, { canvas });
    const carry = { canvas, block };
    // @ts-expect-error next lacks the carry "block"
    g.loop('a', { carry, max: 1 }, () => ({ next: { canvas } }));
    // @ts-expect-error the carry "block" is a block
    g.loop('b', { carry, max: 1 }, () => ({ next: { canvas, block: cache } }));
    // @ts-expect-error the loop carries no "cache"
    g.loop('c', { carry, max: 1 }, () => ({ next: { canvas, block, cache } }));
    // @ts-expect-error a loop ends on a flag
    g.loop('d', { carry, max: 1 }, () => ({ next: carry, until: canvas }));
    // @ts-expect-error a loop has a bound
    g.loop('e', { carry }, () => ({ next: carry }));
    // @ts-expect-error a number with a fraction cannot bound a loop
    g.loop('f', { carry, max: g.param.temperature }, () => ({ next: carry }));
    // @ts-expect-error there is no carry "cache" in the body
    g.loop('h', { carry, max: 1 }, (_, x) => ({ next: { canvas, block: x.cache } }));
    return { block };
  });
});

test('branches that differ do not compile', () => {
  pipeline('p', face, (g) => {
    const { canvas, cache } = g.input;
    const { block } = g.node('open', openBlock, { canvas });
    const { done } = g.node('append', append, { canvas, block });
    const one = () => ({ block });
    const two = () => ({ block, cache });
    const other = () => ({ block: cache });
    expectTypeOf(g.when('same', done, one, one)).not.toHaveProperty('cache');
    // @ts-expect-error the flag is a canvas
    g.when('a', canvas, one, one);
    // @ts-expect-error the else branch lacks "cache"
    g.when('b', done, two, one);
    // @ts-expect-error only the else branch has "cache"
    g.when('c', done, one, two);
    // @ts-expect-error one branch gives a block, the other a cache
    g.when('d', done, one, other);
    return { block };
  });
});
