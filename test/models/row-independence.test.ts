import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ModelCall } from '../../src/graph/effects.js';
import type { Cache } from '../../src/graph/values.js';
import type { Denoiser } from '../../src/models/denoiser.js';
import { arScore, cached, denoise, forward, logitsOf, releaseReply } from './support/calls.js';
import { seededRandom } from '../../scripts/seeded-random.js';
import { smallModel, writeModel } from './support/random-model.js';
import { openTested, testedBackends } from './support/use-model.js';

const random = seededRandom(7);
const tokens = (count: number) =>
  Array.from({ length: count }, () => Math.floor(random() * (smallModel.vocabulary - 1)));

/** Cached lengths on both sides of the multiples that caches are padded to. */
const texts = [0, 1, 15, 16, 17, 48, 51, 97].map(tokens);

/** Of a device that is promised up to rounding only. */
const kinds = testedBackends
  .filter((backend) => backend !== 'onnx device')
  .flatMap((backend) => (['absorbing', 'uniform'] as const).map((process) => ({ backend, process })));

describe.each(kinds)('a row of a model with $process noise on $backend', ({ backend, process }) => {
  let denoiser: Denoiser;

  beforeAll(async () => {
    const folder = await writeModel({ process });
    // Bit for bit that is promised of WASM alone among the tensor backends.
    denoiser = await openTested(folder, backend, 'wasm');
  });
  afterEach(() => expect(denoiser.live).toBe(0));
  afterAll(() => denoiser.dispose());

  /** The call's logits, and those of a denoise call on the cache that it gave back. */
  async function logitsOfBoth(calls: readonly ModelCall[], second: readonly number[]): Promise<Float32Array[][]> {
    const replies = await forward(denoiser, calls);
    const onwards = await forward(
      denoiser,
      replies.map(({ cache }) => denoise(cache, second)),
    );
    const logits: Float32Array[][] = [];
    for (const [row, reply] of replies.entries()) {
      logits.push([await logitsOf(denoiser, reply), await logitsOf(denoiser, onwards[row] ?? reply)]);
    }
    [...replies, ...onwards].forEach(releaseReply);
    return logits;
  }

  /** Each call by itself, then all at once, on fresh caches: the logits must be the same, bit for bit. */
  async function compare(makeCall: (cache: Cache, index: number) => ModelCall) {
    const second = tokens(4);
    const alone: Float32Array[][] = [];
    for (const [index, text] of texts.entries()) {
      const cache = await cached(denoiser, text, 5);
      const call = makeCall(cache, index);
      alone.push(...(await logitsOfBoth([call], second)));
      if (call.cache !== cache) call.cache.release();
      cache.release();
    }
    const caches: Cache[] = [];
    for (const text of texts) caches.push(await cached(denoiser, text, 5));
    const calls = caches.map(makeCall);
    const before = denoiser.counters.passes;
    expect(await logitsOfBoth(calls, second)).toEqual(alone);
    expect(denoiser.counters.passes - before).toBe(2);
    // Once more, when the rows lie in a slab of their own, and in another order.
    expect(await logitsOfBoth(calls, second)).toEqual(alone);
    expect(await logitsOfBoth([...calls].reverse(), second)).toEqual([...alone].reverse());
    calls.forEach(({ cache }, index) => {
      if (cache !== caches[index]) cache.release();
    });
    for (const cache of caches) cache.release();
  }

  it.each([1, 3, 4, 16, 21])('denoises a block of %i the same beside rows of other lengths', async (size) => {
    const blocks = texts.map(() => tokens(size));
    await compare((cache, index) => denoise(cache, blocks[index] ?? []));
  });

  it.each([1, 4, 16])('scores a draft of %i the same beside rows of other lengths', async (size) => {
    const drafts = texts.map(() => tokens(size));
    const probes = texts.map(() => tokens(size));
    await compare((cache, index) => arScore(cache, drafts[index] ?? [], probes[index] ?? []));
  });

  it.each([
    [1, 1],
    [4, 4],
    [16, 3],
    [16, 16],
  ])('takes along pending tokens (block %i, %i pending) the same', async (size, pending) => {
    const blocks = texts.map(() => tokens(size));
    const commits = texts.map(() => tokens(pending));
    await compare((cache, index) => {
      const longer = cache.follow([...cache.tokens, ...(commits[index] ?? [])]);
      return denoise(longer, blocks[index] ?? []);
    });
  });
});
