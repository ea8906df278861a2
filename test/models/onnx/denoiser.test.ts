import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../scripts/seeded-random.js';
import type { ForwardReply, ModelCall } from '../../../src/graph/effects.js';
import type { Causality } from '../../../src/graph/manifest.js';
import type { Cache, Prediction } from '../../../src/graph/values.js';
import type { OnnxDenoiser } from '../../../src/models/onnx/denoiser.js';
import { arScore, denoise, forward, largestDifference, logitsOf, releaseReply, waiting } from '../support/calls.js';
import { localModel } from './support/local-model.js';

const nothing = { handles: 0, slots: 0, capacity: 0, predictions: 0, buffers: 0 };

/** The logits of the same call on a text of which nothing is cached. */
async function withoutCache(denoiser: OnnxDenoiser, call: ModelCall): Promise<number[]> {
  const cache = waiting(denoiser, call.cache.tokens);
  const [reply] = await forward(denoiser, [{ ...call, cache }]);
  cache.release();
  if (reply === undefined) throw new Error('no reply');
  const logits = [...(await logitsOf(denoiser, reply))];
  releaseReply(reply);
  return logits;
}

async function only(denoiser: OnnxDenoiser, call: ModelCall): Promise<ForwardReply> {
  const [reply] = await forward(denoiser, [call]);
  if (reply === undefined) throw new Error('no reply');
  return reply;
}

describe.each<Causality>(['token-causal', 'block-causal', 'bidirectional'])('texts of a %s model', (causality) => {
  it('grow, fork, are cut and let go of in any order: logits stay those without a cache, and nothing is left', async () => {
    const random = seededRandom(3);
    const below = (n: number) => Math.floor(random() * n);
    const tokens = (count: number) => Array.from({ length: count }, () => below(6));
    const { denoiser } = localModel({ causality });
    const caches: Cache[] = [denoiser.openCache()];
    const predictions: Prediction[] = [];
    const one = <T>(of: readonly T[]): T => {
      const found = of[below(of.length)];
      if (found === undefined) throw new Error('there is none');
      return found;
    };
    const letGo = (of: (Cache | Prediction)[], most: number) => {
      while (of.length > most) of.splice(below(of.length), 1)[0]?.release();
    };
    for (let round = 0; round < 50; round += 1) {
      const { tokens: text } = one(caches);
      const changed = [text, [...text, ...tokens(1 + below(9))], text.slice(0, below(text.length + 1))];
      caches.push(one(caches).follow(one(changed).slice(0, 100)));
      const calls = Array.from({ length: 1 + below(5) }, (): ModelCall => {
        const scoring = below(3) === 0 && causality !== 'bidirectional';
        const block = tokens(one([1, 4]));
        return scoring ? arScore(one(caches), block, tokens(block.length)) : denoise(one(caches), block);
      });
      const replies = await forward(denoiser, calls);
      const checked = below(replies.length);
      const [reply, call] = [replies[checked], calls[checked]];
      if (reply === undefined || call === undefined) throw new Error('no reply');
      const logits = [...(await logitsOf(denoiser, reply))];
      expect(largestDifference(logits, await withoutCache(denoiser, call))).toBeLessThan(1e-5);
      caches.push(...replies.map(({ cache }) => cache));
      predictions.push(...replies.map(({ prediction }) => prediction));
      predictions.push(
        one(predictions).shaped({ shape: 'top-k', count: 3 }),
        one(predictions).residual(one(predictions)),
      );
      letGo(predictions, 6);
      const answers = await denoiser.answer(
        predictions.filter(() => below(2) === 0).map((prediction) => ({ ask: 'argmax', prediction }) as const),
      );
      expect(answers.filter(({ ok }) => !ok)).toEqual([]);
      letGo(caches, 5);
      // A handle may have been given out twice.
      expect(denoiser.live).toBe(new Set([...caches, ...predictions]).size);
      const usage = await denoiser.usage();
      expect(usage.handles).toBeLessThanOrEqual(caches.length);
    }
    letGo(caches, 0);
    letGo(predictions, 0);
    expect(denoiser.live).toBe(0);
    expect(await denoiser.usage()).toMatchObject(nothing);
  });
});

describe('a model whose texts are cached', () => {
  it('lets calls on one text share its keys and values, and gives each what it gets alone', async () => {
    const { denoiser, network } = localModel();
    const text = waiting(denoiser, [1, 2, 3, 4, 5]);
    const first = await only(denoiser, denoise(text, [6, 6]));
    const calls = [
      denoise(first.cache, [6, 1, 6]),
      arScore(first.cache, [2, 3], [6, 6]),
      denoise(first.cache.follow([1, 2, 3, 4, 5, 0, 1]), [6, 6]),
      denoise(first.cache.follow([1, 2, 3]), [6]),
    ];
    const replies = await forward(denoiser, calls);
    expect(network.passes.at(-1)).toMatchObject({ rows: 1 });
    for (const [index, call] of calls.entries()) {
      const reply = replies[index] ?? first;
      expect(
        largestDifference([...(await logitsOf(denoiser, reply))], await withoutCache(denoiser, call)),
      ).toBeLessThan(1e-5);
    }
    expect(await denoiser.usage()).toMatchObject({ slots: 1 });
  });

  it('goes on in place along one row: one slot, however long the text', async () => {
    const { denoiser } = localModel();
    let cache = denoiser.openCache();
    for (let block = 0; block < 20; block += 1) {
      const next = cache.follow([...cache.tokens, 1, 2, 3, 4]);
      cache.release();
      const reply = await only(denoiser, denoise(next, [6, 6, 6, 6]));
      next.release();
      reply.prediction.release();
      cache = reply.cache;
      expect(await denoiser.usage()).toMatchObject({ handles: 1, slots: 1 });
    }
    expect(cache.cached).toBe(80);
  });

  it('says how many bytes a row takes', () => {
    const { denoiser } = localModel();
    expect(denoiser.cacheBytes(10)).toBe(10 * 2 * 2 * (2 * 3) * 4);
    expect(localModel({ causality: 'bidirectional' }).denoiser.cacheBytes(10)).toBe(0);
  });

  it('gives memory back by itself when handles are released and nothing is asked any more', async () => {
    const { denoiser, engine } = localModel();
    const cache = waiting(denoiser, [1, 2, 3]);
    const made = await only(denoiser, denoise(cache, [6]));
    cache.release();
    releaseReply(made);
    await new Promise((resolve) => setTimeout(resolve, 200));
    // Asked past the denoiser, whose own requests would take releases along.
    const reply = await engine.send({ request: 'usage', changes: [] });
    expect(reply.value).toMatchObject(nothing);
  });
});

describe('a pass that fails', () => {
  it('as a whole is tried again call by call, and only the faulty call fails', async () => {
    const { denoiser, network } = localModel();
    network.before = ({ tokens }) => {
      if (tokens.includes(5)) throw new Error('the kernel failed');
    };
    const cache = waiting(denoiser, [1, 2]);
    const calls = [[3], [5], [4]].map((block) => denoise(cache, block));
    const before = denoiser.counters;
    const settled = await denoiser.forward(calls);
    expect(settled.map((each) => (each.ok ? 'answer' : each.error.message))).toEqual([
      'answer',
      'the kernel failed',
      'answer',
    ]);
    // Those that ran to their end: two, of three tokens each.
    expect(denoiser.counters.passes - before.passes).toBe(2);
    expect(denoiser.counters.positions - before.positions).toBe(6);
    for (const each of settled) if (each.ok) releaseReply(each.value);
    cache.release();
    expect([denoiser.live, await denoiser.usage()]).toMatchObject([0, nothing]);
  });

  it('with numbers that are not finite fails that call, on a text that others share and go on with', async () => {
    const { denoiser } = localModel({}, 5);
    const start = waiting(denoiser, [1, 2, 3]);
    const { cache, prediction } = await only(denoiser, denoise(start, [4]));
    const spoilt = cache.follow([1, 2, 3, 5]);
    const calls = [denoise(cache, [4, 0]), denoise(cache, [5]), denoise(spoilt, [4]), arScore(cache, [1], [0])];
    const settled = await denoiser.forward(calls);
    expect(settled.map((each) => (each.ok ? 'answer' : each.error.message))).toEqual([
      'answer',
      'logits are not finite (position 3 of the row)',
      'logits are not finite (position 4 of the row)',
      'answer',
    ]);
    const [good] = settled;
    if (good?.ok !== true) throw new Error('no reply');
    const expected = await withoutCache(denoiser, denoise(cache, [4, 0]));
    expect(largestDifference([...(await logitsOf(denoiser, good.value))], expected)).toBeLessThan(1e-5);
    for (const each of settled) if (each.ok) releaseReply(each.value);
    for (const handle of [start, cache, spoilt, prediction]) handle.release();
    expect(await denoiser.usage()).toMatchObject(nothing);
  });
});

describe('keys that are not finite', () => {
  it('fail their call even where its logits are finite, and are not stored', async () => {
    const { denoiser, network } = localModel();
    const start = waiting(denoiser, [1, 2, 3]);
    const run = network.run.bind(network);
    network.run = async (pass) => {
      const fresh = await run(pass);
      fresh[0]?.keys.fill(NaN);
      return fresh;
    };
    const [settled] = await denoiser.forward([denoise(start, [4])]);
    expect(settled).toMatchObject({ ok: false, error: { message: 'keys or values are not finite' } });
    start.release();
    expect(await denoiser.usage()).toMatchObject(nothing);
  });
});

describe('a model that has been disposed of', () => {
  it('refuses everything with that reason, and its network is gone', async () => {
    const { denoiser, network } = localModel();
    const cache = denoiser.openCache();
    const { prediction } = await only(denoiser, denoise(cache, [1]));
    await denoiser.end();
    await denoiser.end();
    expect(network.disposed).toBe(true);
    const message = 'the model tiny has been disposed of';
    expect(await denoiser.forward([denoise(cache, [1])])).toMatchObject([{ ok: false, error: { message } }]);
    expect(await denoiser.answer([{ ask: 'argmax', prediction }])).toMatchObject([{ ok: false, error: { message } }]);
    await expect(denoiser.logits(prediction)).rejects.toThrow(message);
  });
});
