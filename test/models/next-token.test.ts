import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Denoiser } from '../../src/models/denoiser.js';
import { readExpected, rowsOf } from '../../src/models/parity/expected.js';
import { arScore, denoise, evaluate, forward, largestDifference, releaseReply, waiting } from './support/calls.js';
import { openTested, testedBackends } from './support/use-model.js';

const folder = fileURLToPath(new URL('../fixtures/parity/dit-ar', import.meta.url));
const vocabulary = 23;
/** The fixture's texts hold it, but it is never predicted. */
const maskId = 22;
/** What -log 0 counts as. */
const impossible = -Math.log(Number.MIN_VALUE);

/** The baseline's logits over whole rows, from the reference implementation: those at i are of the token at i + 1. */
async function reference(): Promise<{ tokens: readonly number[]; logits: readonly number[][] }[]> {
  const { cases } = await readExpected(folder);
  const full = cases.find(({ mode }) => mode === 'full');
  if (full?.mode !== 'full') throw new Error('no case of mode full');
  const rows = rowsOf(full.noisy);
  const width = rows[0]?.length ?? 0;
  return rows.map((tokens, row) => ({
    tokens,
    logits: tokens.map((_, i) =>
      full.logits.data.slice((row * width + i) * vocabulary, (row * width + i + 1) * vocabulary),
    ),
  }));
}

describe.each(testedBackends)('the autoregressive baseline on %s', (backend) => {
  let opened: Denoiser | undefined;
  const model = (): Denoiser => {
    if (opened === undefined) throw new Error('the model is not open');
    return opened;
  };
  beforeAll(async () => {
    opened = await openTested(folder, backend);
  });
  afterEach(() => {
    expect(model().live).toBe(0);
  });
  afterAll(() => {
    model().dispose();
  });

  it('predicts each token at the one before it, whatever of the text is cached', async () => {
    for (const { tokens, logits } of await reference()) {
      let cache = model().openCache();
      for (let length = 1; length < tokens.length; length += 1) {
        const text = tokens.slice(0, length);
        const expected = logits[length - 1] ?? [];
        const fresh = waiting(model(), text);
        const whole = await evaluate(model(), denoise(fresh, [maskId]));
        fresh.release();
        expect(largestDifference(whole.logits, expected)).toBeLessThan(1e-4);
        expect(whole).toMatchObject({ tokens: text, cached: length, positions: length });

        const next = cache.follow(text);
        cache.release();
        const before = model().counters.positions;
        const [reply] = await forward(model(), [denoise(next, [maskId])]);
        if (reply === undefined) throw new Error('no reply');
        expect(model().counters.positions - before).toBe(1);
        reply.prediction.release();
        // All of the text is cached now: its last token goes through once more, and the cache stays as it is.
        const again = await evaluate(model(), denoise(reply.cache, [maskId]));
        expect(largestDifference(again.logits, expected)).toBeLessThan(1e-4);
        expect(again).toMatchObject({ tokens: text, cached: length, positions: 1 });
        next.release();
        cache = reply.cache;
      }
      cache.release();
    }
  });

  it('scores a draft by its own logits, shifted by one, and without the mask', async () => {
    for (const { tokens, logits } of await reference()) {
      for (const prefix of [1, 5, 17]) {
        const text = tokens.slice(0, prefix);
        const draft = tokens.slice(prefix);
        const cache = waiting(model(), text);
        const [reply] = await forward(model(), [
          arScore(
            cache,
            draft,
            draft.map(() => maskId),
          ),
        ]);
        if (reply === undefined) throw new Error('no reply');
        expect(reply.cache.cached).toBe(prefix);
        const { prediction } = reply;
        const [scores, ofMask] = await model().answer([
          { ask: 'token-score', prediction, tokens: draft, measure: 'nll' },
          { ask: 'token-score', prediction, tokens: draft.map(() => maskId), measure: 'nll' },
        ]);
        releaseReply(reply);
        if (!scores.ok || !ofMask.ok) throw new Error('no answer');
        const expected = draft.map((token, i) => {
          if (token === maskId) return impossible;
          const row = (logits[prefix - 1 + i] ?? []).slice(0, maskId);
          return Math.log(row.reduce((sum, x) => sum + Math.exp(x), 0)) - (row[token] ?? NaN);
        });
        expect(largestDifference(scores.value, expected)).toBeLessThan(1e-4);
        expect(ofMask.value).toEqual(draft.map(() => impossible));
        cache.release();
      }
    }
  });

  it('gives the same from a cache that is full, and to rows of different lengths in one pass', async () => {
    const rows = await reference();
    const lengths = [3, 9];
    const caches = rows.map(({ tokens }, row) => waiting(model(), tokens.slice(0, lengths[row])));
    const filled = await forward(
      model(),
      caches.map((cache) => denoise(cache, [maskId])),
    );
    const passes = model().counters.passes;
    const drafts = rows.map(({ tokens }, row) => tokens.slice(lengths[row], (lengths[row] ?? 0) + 4));
    const replies = await forward(
      model(),
      filled.map(({ cache }, row) => arScore(cache, drafts[row] ?? [], [maskId, maskId, maskId, maskId])),
    );
    expect(model().counters.passes).toBe(passes + 1);
    for (const [row, reply] of replies.entries()) {
      const draft = drafts[row] ?? [];
      const fresh = waiting(model(), rows[row]?.tokens.slice(0, lengths[row]) ?? []);
      const alone = await evaluate(model(), arScore(fresh, draft, [maskId, maskId, maskId, maskId]));
      fresh.release();
      const from = (lengths[row] ?? 0) - 1;
      expect(largestDifference(alone.logits, rows[row]?.logits.slice(from, from + 4).flat() ?? [])).toBeLessThan(1e-4);
      const [answer] = await model().answer([{ ask: 'uncertainty', prediction: reply.prediction, measure: 'entropy' }]);
      expect(answer).toMatchObject({ ok: true });
      releaseReply(reply);
    }
    for (const handle of [...caches, ...filled.flatMap(({ cache, prediction }) => [cache, prediction])])
      handle.release();
  });

  it('needs a token to begin with, and takes one position at a time', async () => {
    const empty = model().openCache();
    const some = waiting(model(), [1, 2]);
    const settled = await model().forward([
      denoise(empty, [maskId]),
      denoise(some, [maskId, maskId]),
      arScore(empty, [1], [maskId]),
    ]);
    const messages = settled.map((each) => (each.ok ? 'ok' : each.error.message));
    expect(messages[0]).toMatch(/predicts a token from those before it, and the row has none/);
    expect(messages[1]).toMatch(/one token at a time, and the block has 2/);
    expect(messages[2]).toMatch(/the row has none/);
    empty.release();
    some.release();
  });
});
