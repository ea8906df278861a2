import fc from 'fast-check';
import { lastValueFrom } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { defineNode } from '../../src/graph/node-definition.js';
import { createRegistry } from '../../src/graph/registry.js';
import type { ForwardReply, ModelCall } from '../../src/graph/effects.js';
import type { Denoiser, Settled } from '../../src/models/denoiser.js';
import { Counted } from '../../src/models/handles/counted.js';
import { TextCache, type CachedText } from '../../src/models/handles/text-cache.js';
import { standardNodes } from '../../src/nodes/standard.js';
import { planOf } from '../../src/runtime/compile-plan.js';
import { run } from '../../src/runtime/run.js';
import { absorbingManifest } from '../support/context.js';
import { check, pipeline, pipelineNames } from '../support/pipelines.js';

const length = 12;
const manifest = { ...absorbingManifest, length, vocabularySize: 8, maskId: 7, blockSizes: null };

/** Keys and values of a text: the longest that a handle on them stands for. */
interface Slot {
  readonly leases: Set<SlotCache>;
}

class SlotCache extends TextCache {
  readonly slot: Slot | null;
  private readonly slots: Set<Slot>;

  constructor(slots: Set<Slot>, text: CachedText, slot: Slot | null) {
    super({ live: 0 }, text);
    this.slots = slots;
    this.slot = slot;
    slot?.leases.add(this);
  }

  protected override sharing(text: CachedText): SlotCache {
    return new SlotCache(this.slots, text, text.cached === 0 ? null : this.slot);
  }

  protected override free(): void {
    this.slot?.leases.delete(this);
    if (this.slot?.leases.size === 0) this.slots.delete(this.slot);
  }

  /** As engines do: behind its end where nobody else has written, in a slot of its own otherwise. */
  extended(): SlotCache {
    const used = Math.max(0, ...[...(this.slot?.leases ?? [])].map(({ cached }) => cached));
    const slot = this.slot !== null && used <= this.cached ? this.slot : { leases: new Set<SlotCache>() };
    this.slots.add(slot);
    return new SlotCache(this.slots, { tokens: this.tokens, cached: this.tokens.length, grid: null }, slot);
  }
}

class NoPrediction extends Counted {
  readonly positions = 1;

  constructor() {
    super('prediction', { live: 0 });
  }

  shaped(): NoPrediction {
    return new NoPrediction();
  }

  residual(): NoPrediction {
    return new NoPrediction();
  }

  protected override free(): void {
    // Nothing lies behind it.
  }
}

/** A model whose caches lie in slots; it remembers how many there were at most. */
function slotted(): Denoiser & { readonly most: () => number; readonly left: () => number } {
  const slots = new Set<Slot>();
  let most = 0;
  const forward = (calls: readonly ModelCall[]): Promise<readonly Settled<ForwardReply>[]> =>
    Promise.resolve(
      calls.map(({ cache }) => {
        if (!(cache instanceof SlotCache)) throw new Error('a foreign cache');
        const next = cache.cached === cache.tokens.length ? (cache.retain(), cache) : cache.extended();
        most = Math.max(most, slots.size);
        return { ok: true, value: { prediction: new NoPrediction(), cache: next } };
      }),
    );
  return {
    manifest,
    forward,
    answer: () => Promise.reject(new Error('nobody asks')),
    openCache: () => new SlotCache(slots, { tokens: [], cached: 0, grid: null }, null),
    live: 0,
    counters: { passes: 0, positions: 0 },
    dispose: () => undefined,
    most: () => most,
    left: () => slots.size,
  };
}

/** Any text, so that a cache may be cut, may grow and may become another one. */
const rewrite = defineNode({
  kind: 'rewrite',
  summary: 'Makes a cache stand for another text.',
  inputs: { cache: 'cache' },
  outputs: { cache: 'cache' },
  params: {},
  step: ({ inputs: { cache }, context }) => {
    const [keep = 0, add = 0, token = 0] = context.uniforms(3);
    const kept = cache.tokens.slice(0, Math.floor(keep * (cache.tokens.length + 1)));
    const added = new Array<number>(1 + Math.floor(add * 3)).fill(Math.floor(token * 7));
    return { cache: cache.follow([...kept, ...added].slice(0, length - 1)) };
  },
});

const forward = defineNode({
  kind: 'forward',
  summary: 'Takes what waits along.',
  inputs: { cache: 'cache' },
  outputs: { cache: 'cache' },
  params: {},
  forward: ({ inputs: { cache } }) => ({
    call: 'denoise',
    cache,
    block: { start: cache.tokens.length, size: 1, tokens: [7], fixed: [false] },
    temperature: 1,
  }),
  complete: ({ reply }) => ({ cache: reply.cache }),
});

/** Reads a cache for no other. */
const look = defineNode({
  kind: 'look',
  summary: 'Tells whether a cache has an even number of tokens.',
  inputs: { cache: 'cache' },
  outputs: { flag: 'flag' },
  params: {},
  step: ({ inputs: { cache } }) => ({ flag: cache.tokens.length % 2 === 0 }),
});

const registry = createRegistry([...standardNodes.definitions, rewrite, forward, look]);

/** A node that takes a cache, as drawn: which of those at hand, and what becomes of it. */
interface Drawn {
  readonly kind: 'rewrite' | 'look' | 'open' | 'loop' | 'if';
  readonly of: number;
  readonly also: number;
  readonly inner: readonly Drawn[];
  readonly twice: boolean;
}

const { nodes: drawn } = fc.letrec<{ nodes: readonly Drawn[] }>((tie) => ({
  nodes: fc.array(
    fc.record({
      kind: fc.constantFrom('rewrite', 'rewrite', 'look', 'open', 'loop', 'if'),
      of: fc.nat(20),
      also: fc.nat(20),
      inner: fc.oneof({ depthSize: 'small', withCrossShrink: true }, fc.constant([]), tie('nodes')),
      twice: fc.boolean(),
    }),
    { maxLength: 5 },
  ),
}));

/** Writes drawn nodes as a document's; `caches` are those at hand, and those that it puts out are added. */
function write(all: readonly Drawn[], caches: string[], prefix: string): Record<string, unknown> {
  const nodes: Record<string, unknown> = {};
  const pick = (at: number): string => caches[at % caches.length] ?? '';
  all.forEach(({ kind, of, also, inner, twice }, i) => {
    const id = `${prefix}${kind}${String(i)}`;
    if (kind === 'open') {
      nodes[id] = { kind: 'kv-cache' };
      caches.push(`${id}.cache`);
    } else if (kind === 'look') {
      nodes[id] = { kind: 'look', in: { cache: pick(of) } };
    } else if (kind === 'rewrite') {
      // What a network has not seen has no keys and values.
      nodes[id] = { kind: 'rewrite', in: { cache: pick(of) } };
      nodes[`${id}f`] = { kind: 'forward', in: { cache: `${id}.cache` } };
      caches.push(`${id}f.cache`);
    } else if (kind === 'loop') {
      const carry = { a: pick(of), ...(twice ? { b: pick(also) } : {}) };
      const own = [...caches, `${id}.a`, ...(twice ? [`${id}.b`] : [])];
      const body = write(inner, own, `${id}x`);
      const last = (back: number): string => own.at(-1 - (back % own.length)) ?? '';
      nodes[id] = {
        kind: 'loop',
        carry,
        max: 3,
        body,
        next: { a: last(also % 4), ...(twice ? { b: last(of % 4) } : {}) },
      };
      caches.push(`${id}.a`, ...(twice ? [`${id}.b`] : []));
    } else {
      nodes[`${id}l`] = { kind: 'look', in: { cache: pick(of) } };
      const branch = (half: readonly Drawn[], name: string): object => {
        const own = [...caches];
        const body = write(half, own, `${id}${name}`);
        return { nodes: body, outputs: { cache: own.at(-1 - (also % Math.min(4, own.length))) ?? '' } };
      };
      const middle = inner.length >> 1;
      nodes[id] = {
        kind: 'if',
        flag: `${id}l.flag`,
        then: branch(inner.slice(0, middle), 'y'),
        else: branch(inner.slice(middle), 'n'),
      };
      caches.push(`${id}.cache`);
    }
  });
  return nodes;
}

const documentOf = (all: readonly Drawn[]): unknown => {
  const nodes = write(all, ['input.cache'], '');
  return {
    format: 1,
    name: 'drawn',
    inputs: { canvas: 'canvas', cache: 'cache' },
    nodes,
    outputs: { canvas: 'input.canvas' },
  };
};

describe('the caches of a row', () => {
  it.each(pipelineNames)('are one in %s, whose texts go on from each other', (name) => {
    expect(planOf(pipeline(name).graph).caches).toBe(1);
  });

  const graphOf = (nodes: object, inputs: object = { canvas: 'canvas' }) =>
    check({ format: 1, name: 'some', inputs, nodes, outputs: { canvas: 'input.canvas' } }, registry).graph;

  it('are those that its nodes open, in loops and the larger one of two branches', () => {
    const open = { kind: 'kv-cache' };
    expect(planOf(graphOf({})).caches).toBe(0);
    expect(planOf(graphOf({ a: open, b: open, c: open })).caches).toBe(3);
    const flag = { kind: 'look', in: { cache: 'a.cache' } };
    const branches = {
      then: { nodes: { b: open, c: open }, outputs: { cache: 'c.cache' } },
      else: { nodes: { d: open }, outputs: { cache: 'd.cache' } },
    };
    expect(planOf(graphOf({ a: open, flag, choice: { kind: 'if', flag: 'flag.flag', ...branches } })).caches).toBe(3);
  });

  it('are one more for each other text that goes on from one', () => {
    const grow = (from: string): object => ({ kind: 'rewrite', in: { cache: from } });
    const inputs = { canvas: 'canvas', cache: 'cache' };
    expect(planOf(graphOf({ a: grow('input.cache'), b: grow('a.cache') }, inputs)).caches).toBe(1);
    expect(planOf(graphOf({ a: grow('input.cache'), b: grow('input.cache') }, inputs)).caches).toBe(2);
    const loop = (next: string): object => ({
      l: { kind: 'loop', carry: { cache: 'input.cache' }, max: 4, body: { a: grow('l.cache') }, next: { cache: next } },
    });
    expect(planOf(graphOf(loop('a.cache'), inputs)).caches).toBe(1);
    expect(planOf(graphOf(loop('l.cache'), inputs)).caches).toBe(2);
  });

  it('never need more keys and values than were counted, whatever a document does with them', async () => {
    let [several, tight] = [0, 0];
    await fc.assert(
      fc.asyncProperty(drawn, fc.nat(1000), async (all, seed) => {
        const sampler = check(documentOf(all), registry);
        const denoiser = slotted();
        const last = await lastValueFrom(
          run(sampler, { model: { denoiser, tokenizer: null }, prompt: [1], length, seed }),
        );
        expect(last).toMatchObject({ type: 'finished' });
        const { caches } = planOf(sampler.graph);
        expect(denoiser.most()).toBeLessThanOrEqual(caches);
        expect(denoiser.left()).toBe(0);
        several += Number(denoiser.most() > 1);
        tight += Number(denoiser.most() > 1 && denoiser.most() === caches);
      }),
      { numRuns: 400 },
    );
    expect(several).toBeGreaterThan(40);
    expect(tight).toBeGreaterThan(2);
  });
});
