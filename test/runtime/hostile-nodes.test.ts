import { lastValueFrom } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import type { ForwardReply } from '../../src/graph/effects.js';
import type { NodeDefinition } from '../../src/graph/node-definition.js';
import { integer } from '../../src/graph/params.js';
import type { Denoiser, Model } from '../../src/models/denoiser.js';
import { standardNodes } from '../../src/nodes/standard.js';
import type { RunEvent } from '../../src/runtime/events.js';
import { run } from '../../src/runtime/run.js';
import { absorbingManifest } from '../support/context.js';
import { check, pipeline } from '../support/pipelines.js';
import { lumpyDenoiser, type TableDenoiser } from '../support/table-denoiser.js';

/** What users' nodes and models may get wrong when nothing has checked their types. */
const wrong = (text: string): never => JSON.parse(text) as never;

const base = { summary: 'Gets something wrong.', params: {} } as const;
const source = {
  ...base,
  kind: 'bad',
  inputs: { canvas: 'canvas', cache: 'cache' },
  outputs: { canvas: 'canvas' },
} as const;
const forwarding = { ...base, kind: 'bad', inputs: { canvas: 'canvas', cache: 'cache' } } as const;
const block = { start: 0, size: 1, tokens: [4], fixed: [false] };

const nodes: Record<string, NodeDefinition> = {
  'gives nothing': { ...source, step: () => wrong('null') },
  'gives a text': { ...source, step: () => wrong('"canvas"') },
  'forgets an output': { ...source, step: () => wrong('{}') },
  'gives null for an output': { ...source, step: () => wrong('{"canvas": null}') },
  'gives a number for a canvas': { ...source, step: () => wrong('{"canvas": 7}') },
  'gives a canvas without tokens': { ...source, step: () => wrong('{"canvas": {"promptLength": 0}}') },
  'gives an output that it does not have': {
    ...source,
    step: ({ inputs, context }) => ({ canvas: inputs['canvas'] ?? wrong('0'), extra: context.openCache() }),
  },
  'throws an error': {
    ...source,
    step: () => {
      throw new TypeError('no');
    },
  },
  'throws something without a text': {
    ...source,
    step: () => {
      throw Object.create(null);
    },
  },
  'throws when it is watched': {
    ...source,
    step: ({ inputs }) => ({ canvas: inputs['canvas'] ?? wrong('0') }),
    observe: () => {
      throw new Error('not now');
    },
  },
  'gives null for a handle': { ...source, outputs: { cache: 'cache' }, step: () => wrong('{"cache": null}') },
  'hands a handle on without retaining it': {
    ...source,
    outputs: { cache: 'cache' },
    step: ({ inputs }) => ({ cache: inputs['cache'] ?? wrong('0') }),
  },
  'asks for no forward': { ...forwarding, outputs: {}, forward: () => wrong('null'), complete: () => ({}) },
  'asks no question': { ...forwarding, outputs: {}, ask: () => wrong('{}'), complete: () => ({}) },
  'completes a forward with nothing': {
    ...forwarding,
    outputs: { prediction: 'prediction' },
    forward: ({ inputs }) => ({ call: 'denoise', cache: Object(inputs['cache']), block, temperature: 1 }),
    complete: () => wrong('null'),
  },
  'fails to complete a forward': {
    ...forwarding,
    outputs: { prediction: 'prediction' },
    forward: ({ inputs }) => ({ call: 'denoise', cache: Object(inputs['cache']), block, temperature: 1 }),
    complete: () => {
      throw new Error('no');
    },
  },
};

const unhandled: unknown[] = [];
process.on('unhandledRejection', (reason) => unhandled.push(reason));
afterEach(() => {
  expect(unhandled).toEqual([]);
});

const fresh = (): TableDenoiser => lumpyDenoiser({ ...absorbingManifest, blockSizes: null });
const params = { steps: 2, blockSize: 4 };

const runBad = (definition: NodeDefinition, model: Model, rows = 1): Promise<RunEvent> => {
  const document = {
    format: 1,
    name: 'bad',
    inputs: { canvas: 'canvas', cache: 'cache' },
    nodes: { bad: { kind: 'bad', in: { canvas: 'input.canvas', cache: 'input.cache' } } },
    outputs: {
      canvas: 'input.canvas',
      ...Object.fromEntries(Object.keys(definition.outputs).map((port) => [`from-${port}`, `bad.${port}`])),
    },
  };
  return lastValueFrom(run(check(document, standardNodes.with([definition])), { model, rows }));
};

describe('a node that', () => {
  it.each(Object.entries(nodes))('%s ends its own run, and leaves nothing behind', async (what, definition) => {
    const denoiser = fresh();
    const model = { denoiser, tokenizer: null };
    const [last, beside] = await Promise.all([
      runBad(definition, model),
      lastValueFrom(run(pipeline('arpc'), { model, params })),
    ]);
    // What was handed on without a reference of its own is found out only when it is released once too often.
    if (what === 'hands a handle on without retaining it') expect(['failed', 'finished']).toContain(last.type);
    else expect(last).toMatchObject({ type: 'failed', failure: { node: 'bad', kind: 'bad', row: 0 } });
    expect(beside.type).toBe('finished');
    expect(denoiser.live).toBe(0);
    expect(await lastValueFrom(run(pipeline('ar'), { model }))).toMatchObject({ type: 'finished' });
  });

  it('fails in its first row keeps the rows behind from beginning', async () => {
    const denoiser = fresh();
    const last = await runBad({ ...source, step: () => wrong('{}') }, { denoiser, tokenizer: null }, 3);
    expect(last).toMatchObject({ type: 'failed', failure: { row: 0 } });
    await new Promise((resolve) => setImmediate(resolve));
    expect(denoiser.live).toBe(0);
  });

  it('hands on only part of a reply has the rest released', async () => {
    const denoiser = fresh();
    const last = await runBad(
      {
        ...forwarding,
        outputs: { prediction: 'prediction' },
        forward: ({ inputs }) => ({ call: 'denoise', cache: Object(inputs['cache']), block, temperature: 1 }),
        complete: ({ reply }: { readonly reply: ForwardReply }) => ({ prediction: reply.prediction }),
      },
      { denoiser, tokenizer: null },
    );
    expect(last.type).toBe('finished');
    expect(denoiser.live).toBe(0);
  });

  it('asks what no model knows is told what can be asked', async () => {
    const last = await runBad(
      {
        ...forwarding,
        outputs: {},
        ask: ({ inputs }) => Object.assign({ prediction: inputs['cache'] }, wrong('{"ask": "guess"}')),
        complete: () => ({}),
      },
      { denoiser: fresh(), tokenizer: null },
    );
    const message = expect.stringMatching(/a question "guess"; expected one of sample, argmax, .*divergence$/);
    expect(last).toMatchObject({ type: 'failed', message });
  });

  it('keeps its context cannot draw from it later', async () => {
    let kept: ((count: number) => readonly number[]) | undefined;
    const model = { denoiser: fresh(), tokenizer: null };
    await runBad(
      {
        ...source,
        step: ({ inputs, context }) => {
          kept = (count) => context.uniforms(count);
          return { canvas: inputs['canvas'] ?? wrong('0') };
        },
      },
      model,
    );
    expect(() => kept?.(1)).toThrow(/only while a node fires/);
  });

  it('names its parameters after methods gets them all the same', async () => {
    let seen: unknown;
    const definition: NodeDefinition = {
      ...source,
      params: { constructor: integer({ default: 5 }), valueOf: integer({ optional: true }) },
      step: ({ inputs, params: given }) => {
        seen = { ...given };
        return { canvas: inputs['canvas'] ?? wrong('0') };
      },
    };
    await runBad(definition, { denoiser: fresh(), tokenizer: null });
    expect(seen).toEqual({ constructor: 5 });
  });

  it('throws when it is asked about the model refuses the run', () => {
    const definition: NodeDefinition = {
      ...source,
      step: () => wrong('{}'),
      objections: () => {
        throw new Error('who knows');
      },
    };
    expect(() => runBad(definition, { denoiser: fresh(), tokenizer: null })).toThrow(
      /node "bad" \(bad\) cannot say.*who knows/,
    );
  });
});

describe('a model that', () => {
  const altered = (
    change: (denoiser: TableDenoiser) => Partial<Denoiser>,
  ): { model: Model; denoiser: TableDenoiser } => {
    const denoiser = fresh();
    const own: Denoiser = {
      manifest: denoiser.manifest,
      openCache: () => denoiser.openCache(),
      forward: (calls) => denoiser.forward(calls),
      answer: (questions) => denoiser.answer(questions),
      get live() {
        return denoiser.live;
      },
      counters: denoiser.counters,
      dispose: () => undefined,
      ...change(denoiser),
    };
    return { denoiser, model: { denoiser: own, tokenizer: null } };
  };

  it.each<[string, (denoiser: TableDenoiser) => Partial<Denoiser>]>([
    ['gives no replies', () => ({ forward: () => Promise.resolve(wrong('null')) })],
    ['gives too few replies', () => ({ forward: () => Promise.resolve([]) })],
    [
      'gives replies without a value',
      () => ({ forward: (calls) => Promise.resolve(calls.map(() => wrong('{"ok": true}'))) }),
    ],
    [
      'throws at once',
      () => ({
        forward: () => {
          throw new Error('gone');
        },
      }),
    ],
    [
      'throws something without a text',
      () => ({
        forward: () => {
          throw Object.create(null);
        },
      }),
    ],
    ['gives no answers', () => ({ answer: () => Promise.resolve(wrong('null')) })],
    [
      'cannot open a cache',
      () => ({
        openCache: () => {
          throw new Error('no memory');
        },
      }),
    ],
  ])('%s fails the run with an event', async (_, change) => {
    const { model, denoiser } = altered(change);
    expect(await lastValueFrom(run(pipeline('arpc'), { model, params }))).toMatchObject({ type: 'failed' });
    expect(denoiser.live).toBe(0);
  });

  it('has a tokenizer that cannot decode fails the run with an event', async () => {
    const denoiser = fresh();
    const tokenizer = {
      vocabularySize: 4,
      encode: () => [],
      decode: () => {
        throw new Error('no such token');
      },
    };
    const last = await lastValueFrom(run(pipeline('arpc'), { model: { denoiser, tokenizer }, params }));
    expect(last).toMatchObject({ type: 'failed', message: expect.stringMatching(/no such token/) });
    expect(denoiser.live).toBe(0);
  });
});

describe('a run with endless cheap work', () => {
  it('holds up no other run, and can be cancelled', async () => {
    const spin = {
      format: 1,
      name: 'spin',
      inputs: { canvas: 'canvas' },
      nodes: {
        l: { kind: 'loop', carry: { canvas: 'input.canvas' }, max: 2 ** 50, body: {}, next: { canvas: 'l.canvas' } },
      },
      outputs: { canvas: 'l.canvas' },
    };
    const model = { denoiser: fresh(), tokenizer: null };
    const spinning = run(check(spin), { model }).subscribe();
    expect(await lastValueFrom(run(pipeline('arpc'), { model, params }))).toMatchObject({ type: 'finished' });
    spinning.unsubscribe();
    expect(spinning.closed).toBe(true);
  });
});
