import { describe, expect, it } from 'vitest';
import { partsOf } from '../../../../src/models/onnx/engine/prefill.js';
import {
  arScore,
  cached,
  denoise,
  forward,
  largestDifference,
  logitsOf,
  releaseReply,
  waiting,
} from '../../support/calls.js';
import { localModel } from '../support/local-model.js';

const call = {
  cache: 7,
  stored: 10,
  tokens: Array.from({ length: 30 }, (_, i) => i),
  positions: Array.from({ length: 30 }, (_, i) => 10 + i),
  keep: 26,
  extended: 8,
  mask: 'denoise',
  pending: 26,
  answers: 4,
  grid: null,
  start: 36,
  prediction: 9,
  raw: { vocabularySize: 5, temperature: 1, maskId: null, revealed: [null, null, null, null] },
  noisy: [1, 2, 3, 4],
} as const;

describe('a call with a long text that waits', () => {
  it('goes in parts, each on what those before it left', () => {
    let id = 0;
    const parts = partsOf(call, () => (id -= 1), 10);
    expect(
      parts.map((it) => [it.cache, it.stored, it.tokens[0], it.pending, it.keep, it.answers, it.extended]),
    ).toEqual([
      [7, 10, 0, 10, 10, 0, -1],
      [-1, 20, 10, 10, 10, 0, -2],
      [-2, 30, 20, 6, 6, 4, 8],
    ]);
    expect(parts.flatMap(({ tokens }) => tokens)).toEqual(call.tokens);
    expect(parts.flatMap(({ positions }) => positions)).toEqual(call.positions);
    expect(parts.map(({ prediction }) => prediction)).toEqual([null, null, 9]);
  });

  it('is cut between blocks, where those attend as a whole', () => {
    const sizes = partsOf({ ...call, grid: 4 }, () => 0, 10).map(({ pending }) => pending);
    expect(sizes).toEqual([8, 8, 8, 2]);
    expect(partsOf({ ...call, grid: 16 }, () => 0, 10).map(({ pending }) => pending)).toEqual([16, 10]);
  });

  it('stays whole where it is short or nothing of it is stored', () => {
    expect(partsOf(call, () => 0)).toEqual([call]);
    const unstored = { ...call, keep: 0, extended: null };
    expect(partsOf(unstored, () => 0, 10)).toEqual([unstored]);
  });

  it.each(['token-causal', 'block-causal'] as const)('gets what it gets piece by piece (%s)', async (causality) => {
    const { denoiser, network } = localModel({ causality, length: 700 });
    const text = Array.from({ length: 601 }, (_, i) => (i * i) % 6);
    const long = waiting(denoiser, text);
    const short = waiting(denoiser, [1, 2]);
    const calls = [denoise(long, [6, 1, 6]), arScore(short, [2, 3, 4], [6, 6, 6]), denoise(long, [6, 6, 6])];
    const replies = await forward(denoiser, calls);
    expect(Math.max(...network.passes.map(({ keys }) => keys))).toBeLessThan(2 * 256 + 32);
    expect(replies.map(({ cache }) => cache.cached)).toEqual([601, 2, 601]);

    // The same by hand: the text goes in by blocks that are committed one by one.
    let cache = denoiser.openCache();
    for (let end = 201; end <= 601; end += 200) {
      const next = cache.follow(text.slice(0, end));
      cache.release();
      const [reply] = await forward(denoiser, [denoise(next, [0, 0, 0])]);
      next.release();
      if (reply === undefined) throw new Error('no reply');
      reply.prediction.release();
      cache = reply.cache;
    }
    const [expected] = await forward(denoiser, [denoise(cache, [6, 1, 6])]);
    const [found] = replies;
    if (expected === undefined || found === undefined) throw new Error('no reply');
    const [a, b] = [await logitsOf(denoiser, found), await logitsOf(denoiser, expected)];
    expect(largestDifference([...a], [...b])).toBeLessThan(1e-5);
    [...replies, expected].forEach(releaseReply);
    for (const handle of [long, short, cache]) handle.release();
    expect(await denoiser.usage()).toMatchObject({ handles: 0, slots: 0, predictions: 0, buffers: 0 });
  });

  it('gets what it gets piece by piece where tokens are predicted at those before them', async () => {
    const { denoiser, network } = localModel({ predicts: 'next-token', length: 700 });
    const text = Array.from({ length: 601 }, (_, i) => (i * i) % 6);
    const long = waiting(denoiser, text);
    const [found] = await forward(denoiser, [denoise(long, [6])]);
    expect(network.passes).toHaveLength(3);
    const half = await cached(denoiser, text.slice(0, 450), 150);
    const rest = half.follow(text);
    const [expected] = await forward(denoiser, [denoise(rest, [6])]);
    if (expected === undefined || found === undefined) throw new Error('no reply');
    const [a, b] = [await logitsOf(denoiser, found), await logitsOf(denoiser, expected)];
    expect(largestDifference([...a], [...b])).toBeLessThan(1e-5);
    [found, expected].forEach(releaseReply);
    for (const handle of [long, half, rest]) handle.release();
    expect(denoiser.live).toBe(0);
  });
});
