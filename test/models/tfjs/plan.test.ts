import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { placeOf, withCheckpoint } from '../../../src/models/checkpoint/folder.js';
import type { Denoiser } from '../../../src/models/denoiser.js';
import { manifestOf } from '../../../src/models/manifest-of.js';
import { openModel } from '../../../src/models/open-model.js';
import type { Tf } from '../../../src/models/tfjs/backend.js';
import { loadTensorBackend } from '../../../src/models/tfjs/load.js';
import type { Network, Pass } from '../../../src/models/tfjs/network/network.js';
import { workingBytes } from '../../../src/models/tfjs/network/working-memory.js';
import { denoiserOn, networkOf } from '../../../src/models/tfjs/open.js';
import { groupCalls, type PassBound, type TfjsCall } from '../../../src/models/tfjs/plan.js';
import { addressable } from '../../../src/models/tfjs/wasm/health.js';
import { denoise, forward, logitsOf, releaseReply, waiting } from '../support/calls.js';
import { smallModel, writeModel } from '../support/random-model.js';
import { insideOf } from './wasm/support.js';

const sizes = { ...smallModel, vocabularySize: smallModel.vocabulary };

describe('calls that share a pass', () => {
  /** As much of a call as decides about its pass. */
  const call = fc.record({
    mask: fc.constant('denoise'),
    answers: fc.integer({ min: 1, max: 2 }),
    pending: fc.integer({ min: 0, max: 1 }),
    reuse: fc.integer({ min: 0, max: 100 }),
  });
  const calls = fc
    .array(call, { maxLength: 40 })
    .map((all) =>
      all.map((each) => ({ ...each, keep: each.pending, grid: null, tokens: [] as number[] }) as unknown as TfjsCall),
    );

  it('take no more than a pass may, unless a row does alone, and stay in order', () => {
    fc.assert(
      fc.property(calls, fc.integer({ min: 1, max: 2000 }), (given, most) => {
        const rowBytes: PassBound['rowBytes'] = ({ answers, capacity }) => 10 * answers + capacity;
        const groups = groupCalls(given, { most, rowBytes });
        for (const group of groups) {
          const capacity = Math.max(...group.map(({ reuse }) => Math.ceil(reuse / 16) * 16));
          const each = 10 * (group[0]?.answers ?? 0) + capacity;
          expect(group.length === 1 || group.length * each <= most).toBe(true);
        }
        // Together the groups of one shape are its calls in order, and they are all.
        const whole = groupCalls(given, { most: Infinity, rowBytes });
        const shapeOf = ({ answers, pending }: TfjsCall) => `${String(answers)} ${String(pending)}`;
        for (const one of whole) {
          const [first] = one;
          const parts = groups.filter(([other]) => other && first && shapeOf(other) === shapeOf(first));
          expect(parts.flat()).toEqual(one);
        }
        expect(groups.flat()).toHaveLength(given.length);
      }),
    );
  });
});

/** The most bytes that tensors have taken at a time since then, and how to stop counting. */
function watchMemory(tf: Tf): [peak: () => number, restore: () => void] {
  const inside = insideOf(tf);
  const { _malloc, _free } = inside;
  const sizes = new Map<number, number>();
  let [bytes, most] = [0, 0];
  inside._malloc = (size) => {
    const at = _malloc(size);
    sizes.set(at >>> 0, size);
    bytes += size;
    most = Math.max(most, bytes);
    return at;
  };
  inside._free = (at) => {
    bytes -= sizes.get(at >>> 0) ?? 0;
    sizes.delete(at >>> 0);
    _free(at);
  };
  return [() => most, () => void Object.assign(inside, { _malloc, _free })];
}

/** The network, and the rows of its passes. */
function counting(network: Network): { readonly network: Network; readonly passes: Pass[] } {
  const passes: Pass[] = [];
  const run: Network['run'] = (pass) => {
    passes.push(pass);
    return network.run(pass);
  };
  return { network: { ...network, run }, passes };
}

/** Logits of three blocks of rows, each taken along in the next. */
async function logitsOfRows(denoiser: Denoiser, rows: number): Promise<Float32Array[]> {
  const logits: Float32Array[] = [];
  let caches = Array.from({ length: rows }, (_, row) => waiting(denoiser, [row % 28, 3]));
  for (let block = 0; block < 3; block += 1) {
    const replies = await forward(
      denoiser,
      caches.map((cache) => denoise(cache, [28, 5, 28, 28])),
    );
    for (const reply of replies) logits.push(await logitsOf(denoiser, reply));
    for (const cache of caches) cache.release();
    caches = replies.map(({ cache }, row) => cache.follow([...cache.tokens, row % 7, 1, 2, block]));
    replies.forEach(releaseReply);
  }
  for (const cache of caches) cache.release();
  return logits;
}

describe('a model on wasm', () => {
  it('computes in passes that are bounded what it computes in one, bit for bit', async () => {
    const backend = await loadTensorBackend('wasm');
    const folder = await writeModel();
    const before = backend.tf.memory().numTensors;
    await withCheckpoint(folder, async (checkpoint) => {
      const manifest = manifestOf(checkpoint, placeOf(folder), null);
      const { network, passes } = counting(await networkOf(backend, checkpoint));
      const whole = denoiserOn(backend, network, manifest);
      const expected = await logitsOfRows(whole, 11);
      expect(passes.map(({ rows }) => rows)).toEqual([11, 11, 11]);
      passes.length = 0;
      const rowBytes: PassBound['rowBytes'] = (row) => workingBytes(sizes, row);
      const most = 5 * rowBytes({ queries: 8, answers: 4, keep: 4, capacity: 16 });
      const bounded = denoiserOn(backend, network, manifest, { passes: { most, rowBytes } });
      expect(await logitsOfRows(bounded, 11)).toEqual(expected);
      expect(passes.map(({ rows }) => rows)).toEqual([4, 4, 3, 4, 4, 3, 4, 4, 3]);
      expect([whole.live, bounded.live]).toEqual([0, 0]);
      network.dispose();
    });
    expect(backend.tf.memory().numTensors).toBe(before);
  });

  it.each([
    { queries: 20, answers: 16, keep: 4 },
    { queries: 120, answers: 4, keep: 116 },
    { queries: 16, answers: 16, keep: 0 },
  ])('counts at least what a pass of $queries queries takes', async (queries) => {
    const backend = await loadTensorBackend('wasm');
    const folder = await writeModel();
    const network = await withCheckpoint(folder, (checkpoint) => networkOf(backend, checkpoint));
    const { tf } = backend;
    const shape = { ...queries, capacity: 0 };
    const pass: Pass = {
      rows: 1,
      ...shape,
      tokens: new Int32Array(shape.queries),
      positions: new Int32Array(shape.queries),
      mask: null,
      past: null,
    };
    const [peak, restore] = watchMemory(tf);
    const { logits, kept } = network.run(pass);
    tf.dispose([logits, ...kept.flatMap(({ keys, values }) => [keys, values])]);
    restore();
    const most = peak();
    const counted = workingBytes(sizes, shape);
    expect(counted).toBeGreaterThan(most);
    expect(counted).toBeLessThan(2 * most);
    network.dispose();
  });

  it('leaves keys and values no more than WebAssembly addresses where nobody says how much', async () => {
    const folder = await writeModel();
    const limitsOf = async (backend: string, limits = {}) => {
      const { denoiser } = await openModel(folder, { backend, limits });
      denoiser.dispose();
      return denoiser.limits;
    };
    const { cacheBytes: wasm = Infinity } = (await limitsOf('wasm')) ?? {};
    expect(wasm).toBeGreaterThan(0);
    expect(wasm).toBeLessThan((addressable - 2 ** 29) / 2);
    const { cacheBytes: cpu = Infinity } = (await limitsOf('cpu')) ?? {};
    expect(cpu).toBeGreaterThan(0);
    expect(cpu).toBeLessThan(Infinity);
    expect(await limitsOf('wasm', { rows: 3, cacheBytes: 1e6 })).toEqual({ rows: 3, cacheBytes: 1e6 });
    expect(await limitsOf('wasm', { rows: 3 })).toEqual({ rows: 3, cacheBytes: expect.any(Number) });
  });
});
