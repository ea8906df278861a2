import { describe, expect, it } from 'vitest';
import type { ModelCall, Question } from '../../src/graph/effects.js';
import { arScore, cached, denoise, forward, releaseReply, waiting } from './support/calls.js';
import { smallModel, writeModel } from './support/random-model.js';
import { openTested, testedBackends, useModel } from './support/use-model.js';

const mask = smallModel.vocabulary - 1;
const masks = [mask, mask, mask];

describe.each(testedBackends)('a call that does not fit on %s', (backend) => {
  const model = useModel({ backend });

  it.each<[string, (call: Extract<ModelCall, { call: 'denoise' }>) => ModelCall, RegExp]>([
    [
      'a block elsewhere',
      (call) => ({ ...call, block: { ...call.block, start: 5 } }),
      /starts at position 5.*stands for 4/,
    ],
    ['an empty block', (call) => denoise(call.cache, []), /at least one token/],
    ['a row that is too long', (call) => denoise(call.cache, Array(157).fill(0)), /reach 161 tokens.*length of 160/],
    ['a token of no vocabulary', (call) => denoise(call.cache, [mask + 1]), /token 29.*0 to 28/],
    ['a token that is no integer', (call) => denoise(call.cache, [0.5]), /token 0.5/],
    ['a token that is missing', (call) => denoise(call.cache, Array(2)), /token undefined.*0 to 28/],
    ['a probe too many', (call) => arScore(call.cache, [1, 2], masks), /one probe for each of 2 tokens, found 3/],
    ['an odd probe', (call) => arScore(call.cache, [1, 2], [mask, -1]), /token -1/],
    ['a negative temperature', (call) => ({ ...call, temperature: -1 }), /temperature.*-1/],
    ['a temperature that is no number', (call) => ({ ...call, temperature: NaN }), /temperature.*NaN/],
  ])('settles with an error for %s, and the rows beside it with answers', async (_, spoil, message) => {
    const cache = waiting(model(), [1, 2, 3, 4]);
    const good = denoise(cache, masks);
    const [first, second, third] = await model().forward([good, spoil(good), good]);
    expect(second).toMatchObject({ ok: false, error: { message: expect.stringMatching(message) } });
    for (const reply of [first, third]) {
      if (reply?.ok !== true) throw new Error('a good row failed');
      releaseReply(reply.value);
    }
    cache.release();
  });

  it('settles with an error for a token in the text that is of no vocabulary', async () => {
    const cache = waiting(model(), [1, 99]);
    expect(await model().forward([denoise(cache, masks)])).toMatchObject([
      { ok: false, error: { message: expect.stringMatching(/token 99/) } },
    ]);
    cache.release();
  });

  it('settles with an error for a handle that is released or of another model', async () => {
    const other = await openTested(await writeModel({ seed: 2 }), backend);
    const strange = other.openCache();
    const released = model().openCache();
    released.release();
    const live = model().openCache();
    const replies = await model().forward([strange, released, live].map((cache) => denoise(cache, masks)));
    expect(replies.map((reply) => (reply.ok ? 'answer' : reply.error.message))).toEqual([
      'this handle belongs to another model',
      'this cache has been released already',
      'answer',
    ]);
    for (const reply of replies) if (reply.ok) releaseReply(reply.value);
    strange.release();
    live.release();
    other.dispose();
    const [late] = await other.forward([denoise(strange, masks)]);
    expect(late).toMatchObject({ ok: false, error: { message: expect.stringMatching(/disposed/) } });
  });
});

describe.each(testedBackends)('a question that does not fit on %s', (backend) => {
  const model = useModel({ backend });

  it('settles with an error, and the others with answers', async () => {
    const cache = await cached(model(), [1, 2, 3], 3);
    const [noisy, ar] = await forward(model(), [denoise(cache, masks), arScore(cache, [1, 2, 3], masks)]);
    const [longer] = await forward(model(), [denoise(cache, [...masks, mask])]);
    if (noisy === undefined || ar === undefined || longer === undefined) throw new Error('no reply');
    const { prediction } = noisy;
    const step = { alphaT: 0.2, alphaS: 0.6, uniforms: [0.1, 0.2, 0.3] };
    const questions: [Question, RegExp | null][] = [
      [{ ask: 'sample', prediction, uniforms: [0.1] }, /sample: 1 uniforms for 3 positions/],
      [{ ask: 'token-score', prediction, tokens: [1, 2, 3, 4], measure: 'nll' }, /4 tokens for 3/],
      [{ ask: 'posterior', prediction: ar.prediction, ...step }, /AR scores have none/],
      [{ ask: 'posterior', prediction, ...step, alphaT: 0.9 }, /alpha_t/],
      [{ ask: 'divergence', prediction, other: longer.prediction, measure: 'kld' }, /same shape/],
      [{ ask: 'posterior', prediction, ...step }, null],
      [{ ask: 'divergence', prediction, other: ar.prediction, measure: 'kld' }, null],
      [{ ask: 'argmax', prediction }, null],
    ];
    const answers = await model().answer(questions.map(([question]) => question));
    questions.forEach(([, message], index) => {
      const answer = answers[index];
      if (message === null) expect(answer).toMatchObject({ ok: true });
      else expect(answer).toMatchObject({ ok: false, error: { message: expect.stringMatching(message) } });
    });
    [noisy, ar, longer].forEach(releaseReply);
    cache.release();
    expect(await model().answer([{ ask: 'argmax', prediction }])).toMatchObject([
      { ok: false, error: { message: 'this prediction has been released already' } },
    ]);
  });
});

describe.each(testedBackends)('handles on %s', (backend) => {
  const model = useModel({ backend });

  it('count references and refuse use after the last is released', () => {
    const cache = model().openCache();
    cache.retain();
    cache.release();
    expect(model().live).toBe(1);
    cache.release();
    expect(model().live).toBe(0);
    expect(() => cache.release()).toThrow('this cache has been released already');
    expect(() => cache.retain()).toThrow('this cache has been released already');
    expect(model().live).toBe(0);
  });
});

describe.each(testedBackends)('AR scoring on a bidirectional model on %s', (backend) => {
  const model = useModel({ backend, type: 'dit' });

  it('settles with an error', async () => {
    const cache = model().openCache();
    expect(await model().forward([arScore(cache, [1], [mask])])).toMatchObject([
      { ok: false, error: { message: expect.stringMatching(/both directions/) } },
    ]);
    cache.release();
  });
});

describe.each(testedBackends)('logits that are not finite on %s', (backend) => {
  // Finite weights that overflow for one token only.
  const model = useModel({ backend }, (tensors) => {
    const embedding = tensors.get('vocab_embed.embedding');
    embedding?.data.subarray(3 * smallModel.hidden, 4 * smallModel.hidden).fill(3e38);
    embedding?.data.set([-3e38], 3 * smallModel.hidden);
  });

  it('end the call that has them, or what is asked of it, with the position, and no other', async () => {
    const cache = waiting(model(), [1, 2]);
    const replies = await model().forward([denoise(cache, [5, 3]), denoise(cache, [5, 4])]);
    const ends: string[] = [];
    for (const reply of replies) {
      const [answer] = reply.ok
        ? await model().answer([{ ask: 'argmax', prediction: reply.value.prediction }])
        : [reply];
      ends.push(answer.ok ? 'answer' : answer.error.message);
      if (reply.ok) releaseReply(reply.value);
    }
    expect(ends).toEqual(['logits are not finite (position 2 of the row)', 'answer']);
    cache.release();
  });
});
