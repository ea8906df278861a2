import { describe, expect, it } from 'vitest';
import { defineNode, type NodeDefinition } from '../../src/graph/node-definition.js';
import { integer } from '../../src/graph/params.js';
import { checkNode } from '../../src/testing/index.js';

/** What a node does wrong when nothing has checked its types. */
const wrong = (value: unknown): never => value as never;

const base = { kind: 'mine', summary: 'Does something.', params: {} } as const;
const scoring = { ...base, inputs: { scores: 'scores' }, outputs: { scores: 'scores' } } as const;
const blocks = { ...base, inputs: { block: 'block' }, outputs: { block: 'block' } } as const;
const caches = { ...base, inputs: { cache: 'cache' }, outputs: { cache: 'cache' } } as const;
const asking = { ...base, inputs: { prediction: 'prediction' }, outputs: { scores: 'scores' } } as const;
const forwarding = {
  ...base,
  inputs: { cache: 'cache', block: 'block' },
  outputs: { prediction: 'prediction', cache: 'cache' },
} as const;

let fired = 0;

const faulty: readonly (readonly [string, NodeDefinition, RegExp])[] = [
  ['an output is missing', { ...scoring, step: () => wrong({}) }, /gave no scores for the output "scores"/],
  ['an output is of another kind', { ...scoring, step: () => wrong({ scores: 1 }) }, /gave no scores/],
  [
    'an output is not declared',
    { ...blocks, step: ({ inputs }) => ({ ...inputs, x: 1 }) },
    /"x", which it does not have/,
  ],
  ['scores are too few', { ...scoring, step: () => ({ scores: [] }) }, /"scores" has only 0 entries for a block of/],
  [
    'scores are not numbers',
    defineNode({ ...scoring, step: ({ inputs: { scores } }) => ({ scores: scores.map(() => NaN) }) }),
    /"scores" has an entry that is not a number/,
  ],
  [
    'a token is not in the vocabulary',
    defineNode({
      ...blocks,
      step: ({ inputs: { block }, context }) => ({
        block: { ...block, tokens: block.tokens.map(() => context.manifest.vocabularySize) },
      }),
    }),
    /"block" has the token 5, which is not in the vocabulary/,
  ],
  [
    'a fixed position changes',
    defineNode({
      ...blocks,
      step: ({ inputs: { block } }) => ({ block: { ...block, tokens: block.tokens.map((token) => (token + 1) % 4) } }),
    }),
    /"block" has another token at position \d, which is fixed/,
  ],
  [
    'an input is changed',
    defineNode({
      ...scoring,
      step: ({ inputs: { scores } }) => {
        const list: number[] = wrong(scores);
        list[0] = 17;
        return { scores: [...scores] };
      },
    }),
    /it changes its inputs: scores/,
  ],
  [
    'chance comes from elsewhere',
    defineNode({ ...scoring, step: ({ inputs: { scores } }) => ({ scores: scores.map(() => Math.random()) }) }),
    /the same inputs, parameters and uniforms give other outputs/,
  ],
  [
    'it remembers',
    defineNode({ ...scoring, step: ({ inputs: { scores } }) => ({ scores: scores.map(() => fired++) }) }),
    /the same inputs, parameters and uniforms give other outputs/,
  ],
  [
    'a handle is handed on without a reference of its own',
    defineNode({ ...caches, step: ({ inputs }) => inputs }),
    /"cache" was released.*retain it before handing it on/,
  ],
  [
    'an input is released',
    defineNode({
      ...asking,
      ask: ({ inputs }) => ({ ask: 'uncertainty', measure: 'entropy', ...inputs }),
      complete: ({ inputs, answer }) => {
        inputs.prediction.release();
        return { scores: answer };
      },
    }),
    /released/,
  ],
  [
    'an input is kept',
    defineNode({
      ...asking,
      ask: ({ inputs }) => {
        inputs.prediction.retain();
        return { ask: 'uncertainty', measure: 'entropy', ...inputs };
      },
      complete: ({ answer }) => ({ scores: answer }),
    }),
    /"prediction" was retained, and nobody will release it/,
  ],
  [
    'a handle is left behind',
    defineNode({
      ...caches,
      step: ({ inputs: { cache }, context }) => {
        context.openCache();
        return { cache: cache.follow([]) };
      },
    }),
    /handles that it leaves behind and does not put out: 1/,
  ],
  [
    'a handle is left behind where it throws',
    defineNode({
      ...caches,
      step: ({ context }) => {
        context.openCache();
        throw new Error('no');
      },
    }),
    /handles that it leaves behind and does not put out: 1/,
  ],
  [
    'a reply is kept',
    defineNode({
      ...forwarding,
      forward: ({ inputs }) => ({ call: 'denoise', ...inputs, temperature: 1 }),
      complete: ({ reply }) => {
        reply.prediction.retain();
        return { ...reply };
      },
    }),
    /an output carries more than one reference/,
  ],
  ['it crashes', defineNode({ ...scoring, step: () => JSON.parse('{}').scores.length }), /it crashes: /],
  [
    'it always throws',
    defineNode({
      ...scoring,
      step: () => {
        throw new Error('not today');
      },
    }),
    /never fired in 100 rounds: it throws: not today/,
  ],
  ['it cannot be registered', { ...scoring, kind: 'Mine', step: ({ inputs }) => inputs }, /a kind is lower-case words/],
];

describe('checkNode', () => {
  it.each(faulty)('says that %s', async (_, definition, message) => {
    const faults = await checkNode(definition);
    expect(faults.join('\n')).toMatch(message);
    expect(faults).toHaveLength(1);
  });

  it('finds nothing in nodes that keep the rules', async () => {
    const node = defineNode({
      ...caches,
      params: { size: integer({ min: 2, max: 3, default: 2 }) },
      step: ({ inputs: { cache }, params }) => {
        if (params.size < 2 || params.size > 3) throw new TypeError('never');
        cache.retain();
        return { cache };
      },
    });
    expect(await checkNode(node)).toEqual([]);
    const forward = defineNode({
      ...forwarding,
      forward: ({ inputs }) => ({ call: 'denoise', ...inputs, temperature: 1 }),
      complete: ({ reply }) => ({ ...reply }),
    });
    expect(await checkNode(forward)).toEqual([]);
    const dropping = defineNode({
      ...forwarding,
      outputs: { cache: 'cache' },
      forward: ({ inputs }) => ({ call: 'denoise', ...inputs, temperature: 1 }),
      complete: ({ reply }) => ({ cache: reply.cache }),
    });
    expect(await checkNode(dropping)).toEqual([]);
  });

  it('leaves out what makes no sense, and what the node objects to', async () => {
    const picky = defineNode({
      ...scoring,
      step: ({ inputs: { scores } }) => ({ scores: scores[0] === 0 ? [] : scores }),
      objections: (_params, { maskId }) => (maskId === null ? [{ severity: 'error', message: 'no' }] : []),
    });
    const seen = new Set<string>();
    const when = ({
      inputs,
      manifest,
    }: {
      inputs: Readonly<Record<string, unknown>>;
      manifest: { process: string };
    }): boolean => {
      seen.add(manifest.process);
      return Array.isArray(inputs['scores']) && inputs['scores'][0] !== 0;
    };
    expect(await checkNode(picky, { when })).toEqual([]);
    expect([...seen]).toEqual(['absorbing']);
    expect(await checkNode(picky, { when: () => false })).toEqual([
      'it never fired in 100 rounds: no firing that makes sense was found',
    ]);
  });
});
