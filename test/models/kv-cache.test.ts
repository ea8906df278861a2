import { describe, expect, it } from 'vitest';
import type { Cache } from '../../src/graph/values.js';
import { arScore, cached, denoise, evaluate, largestDifference, waiting } from './support/calls.js';
import { seededRandom } from '../../scripts/seeded-random.js';
import { smallModel } from './support/random-model.js';
import { testedBackends, useModel } from './support/use-model.js';

const random = seededRandom(11);
const tokens = (count: number) =>
  Array.from({ length: count }, () => Math.floor(random() * (smallModel.vocabulary - 1)));

const text = tokens(70);
const block = tokens(8);
/** Beyond rounding in 32 bits; logits of these models are around 1. */
const tolerance = 1e-4;

describe.each(testedBackends)('the cache of a token-causal model on %s', (backend) => {
  const model = useModel({ backend });

  it.each([
    ['denoising', (cache: Cache) => denoise(cache, block)],
    ['AR scoring', (cache: Cache) => arScore(cache, block, tokens(8))],
  ])('changes no logit of %s beyond rounding, however the text went into it', async (_, makeCall) => {
    const whole = waiting(model(), text);
    const call = makeCall(whole);
    const without = await evaluate(model(), call);
    expect(Math.max(...without.logits.map(Math.abs))).toBeGreaterThan(0.1);
    for (const size of [1, 7, 16, 70]) {
      const cache = await cached(model(), text, size);
      expect(cache.cached).toBe(text.length);
      const using = await evaluate(model(), { ...call, cache });
      expect(using.positions).toBe(without.positions - text.length);
      expect(largestDifference(using.logits, without.logits)).toBeLessThan(tolerance);
      cache.release();
    }
    whole.release();
  });

  it('makes a block cost the same wherever it is in the text', async () => {
    const costs: number[] = [];
    let cache = model().openCache();
    for (let start = 0; start < 10 * 8; start += 8) {
      const before = model().counters.positions;
      for (let step = 0; step < 3; step += 1) {
        const reply = (await model().forward([denoise(cache, tokens(8))]))[0];
        if (reply?.ok !== true) throw new Error('no reply');
        reply.value.prediction.release();
        cache.release();
        cache = reply.value.cache;
      }
      const next = cache.follow([...cache.tokens, ...tokens(8)]);
      cache.release();
      cache = next;
      costs.push(model().counters.positions - before);
    }
    cache.release();
    const [first = 0, ...others] = costs;
    expect(first).toBe(3 * 8);
    expect(new Set(others)).toEqual(new Set([3 * 8 + 8]));
  });

  it('commits without a forward, and the next one takes the tokens along', async () => {
    const before = model().counters;
    const cache = waiting(model(), text);
    expect([cache.tokens.length, cache.cached]).toEqual([70, 0]);
    expect(model().counters).toEqual(before);
    const { cached: after, tokens: clean } = await evaluate(model(), denoise(cache, block));
    expect([after, clean]).toEqual([70, text]);
    expect(cache.cached).toBe(0);
    cache.release();
  });

  it('does not take the block or the draft in', async () => {
    const cache = await cached(model(), text, 16);
    const first = await evaluate(model(), denoise(cache, block));
    await evaluate(model(), denoise(cache, tokens(8)));
    await evaluate(model(), arScore(cache, tokens(8), tokens(8)));
    expect((await evaluate(model(), denoise(cache, block))).logits).toEqual(first.logits);
    cache.release();
  });

  it('keeps a common prefix valid, and both texts go on apart', async () => {
    const cache = await cached(model(), text, 16);
    for (const common of [0, 1, 15, 16, 33, 70]) {
      const other = [...text.slice(0, common), ...tokens(5).map((token) => token + 1)];
      const forked = cache.follow(other);
      const expectedPrefix = other.findIndex((token, index) => token !== text[index]);
      expect(forked.cached).toBe(expectedPrefix);
      const fresh = waiting(model(), other);
      const [using, without] = [
        await evaluate(model(), denoise(forked, block)),
        await evaluate(model(), denoise(fresh, block)),
      ];
      expect(largestDifference(using.logits, without.logits)).toBeLessThan(tolerance);
      fresh.release();
      forked.release();
    }
    const shorter = cache.follow(text.slice(0, 20));
    expect([shorter.tokens.length, shorter.cached]).toEqual([20, 20]);
    shorter.release();
    cache.release();
  });

  it('gives a reference to the same handle when nothing differs', () => {
    const cache = waiting(model(), text);
    const same = cache.follow([...text]);
    cache.release();
    expect(same.tokens).toEqual(text);
    same.release();
    expect(() => same.tokens.length && same.follow(text)).toThrow(/cache has been released/);
  });

  it('outlives the handles that it was made from', async () => {
    const cache = await cached(model(), text, 16);
    const first = await evaluate(model(), denoise(cache, block));
    const longer = cache.follow([...text, 1]);
    const again = longer.follow(text);
    cache.release();
    longer.release();
    expect((await evaluate(model(), denoise(again, block))).logits).toEqual(first.logits);
    again.release();
  });
});

describe.each(testedBackends)('the cache of a block-causal model on %s', (backend) => {
  const model = useModel({ backend, x0Causal: false });
  const half = tokens(32);

  it('changes no logit beyond rounding when blocks are committed whole', async () => {
    const whole = waiting(model(), half);
    const without = await evaluate(model(), denoise(whole, block));
    const cache = await cached(model(), half, 8);
    const using = await evaluate(model(), denoise(cache, block));
    expect(using.positions).toBe(block.length);
    expect(largestDifference(using.logits, without.logits)).toBeLessThan(tolerance);
    whole.release();
    cache.release();
  });

  it('keeps only whole blocks of a prefix', async () => {
    const cache = await cached(model(), half, 8);
    const shorter = cache.follow(half.slice(0, 13));
    expect(shorter.cached).toBe(8);
    const fresh = waiting(model(), half.slice(0, 13));
    const [using, without] = [
      await evaluate(model(), denoise(shorter, block)),
      await evaluate(model(), denoise(fresh, block)),
    ];
    expect(largestDifference(using.logits, without.logits)).toBeLessThan(tolerance);
    for (const handle of [cache, shorter, fresh]) handle.release();
  });

  it('is evaluated anew for another block size', async () => {
    const cache = await cached(model(), half, 8);
    const other = await evaluate(model(), denoise(cache, tokens(4)));
    expect(other.positions).toBe(half.length + 4);
    const fresh = waiting(model(), half);
    const four = tokens(4);
    const [using, without] = [
      await evaluate(model(), denoise(cache, four)),
      await evaluate(model(), denoise(fresh, four)),
    ];
    expect(using.logits).toEqual(without.logits);
    fresh.release();
    cache.release();
  });
});

describe.each(testedBackends)('a bidirectional model on %s', (backend) => {
  const model = useModel({ backend, type: 'dit' });

  it('evaluates the text before a block with it, every time', async () => {
    const cache = waiting(model(), text);
    for (let time = 0; time < 2; time += 1) {
      const { positions, cached: after } = await evaluate(model(), denoise(cache, block));
      expect([positions, after]).toEqual([text.length + block.length, 0]);
    }
    cache.release();
  });

  it('lets the text see the block, so that it answers as if all were one block', async () => {
    const cache = waiting(model(), text);
    const empty = model().openCache();
    const apart = await evaluate(model(), denoise(cache, block));
    const whole = await evaluate(model(), denoise(empty, [...text, ...block]));
    const tail = whole.logits.slice(text.length * smallModel.vocabulary);
    expect(largestDifference(apart.logits, tail)).toBeLessThan(tolerance);
    cache.release();
    empty.release();
  });
});
