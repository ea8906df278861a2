import { lastValueFrom, take, toArray } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ModelCall } from '../../src/graph/effects.js';
import type { Denoiser, Model } from '../../src/models/denoiser.js';
import { openModel } from '../../src/models/open-model.js';
import type { RunEvent } from '../../src/runtime/events.js';
import type { RunRequest } from '../../src/runtime/request.js';
import { run } from '../../src/runtime/run.js';
import { pipeline } from '../support/pipelines.js';

/** A model whose prior noise is always the same token, so that greedy autoregression is one text on uniform noise too. */
function withoutChance(model: Model): Model {
  const { denoiser } = model;
  const still = (call: ModelCall): ModelCall => {
    if (denoiser.manifest.maskId !== null) return call;
    if (call.call === 'ar-score') return { ...call, probe: call.probe.map(() => 0) };
    if (call.block.tokens.length > 1) return call;
    return { ...call, block: { ...call.block, tokens: [0] } };
  };
  const wrapped: Denoiser = {
    manifest: denoiser.manifest,
    openCache: () => denoiser.openCache(),
    forward: (calls) => denoiser.forward(calls.map(still)),
    answer: (questions) => denoiser.answer(questions),
    get live() {
      return denoiser.live;
    },
    counters: denoiser.counters,
    dispose: () => denoiser.dispose(),
  };
  return { ...model, denoiser: wrapped };
}

describe.each(['tinyshakespeare-absorb', 'tinyshakespeare-uniform'])('on %s', (name) => {
  let model: Model;

  beforeAll(async () => {
    model = withoutChance(await openModel(new URL(`../../models/${name}`, import.meta.url).pathname));
  });

  afterAll(() => {
    expect(model.denoiser.live).toBe(0);
    model.denoiser.dispose();
  });

  const eventsOf = (sampler: string, request: Partial<RunRequest>): Promise<RunEvent[]> =>
    lastValueFrom(run(pipeline(sampler), { model, prompt: 'ROMEO:', length: 70, ...request }).pipe(toArray()));

  const textOf = async (sampler: string, request: Partial<RunRequest>): Promise<string | null | undefined> => {
    const last = (await eventsOf(sampler, request)).at(-1);
    return last?.type === 'finished' ? last.rows[0]?.text : JSON.stringify(last);
  };

  it('the text at temperature 0 is that of greedy autoregression, token by token', async () => {
    const greedy = await textOf('ar', { params: { temperature: 0 } });
    expect(greedy).toMatch(/^ROMEO:/);
    for (const blockSize of [1, 4, 8]) {
      expect(await textOf('speculative', { params: { temperature: 0, blockSize } })).toBe(greedy);
      for (const steps of [1, 3]) {
        const params = { temperature: 0, blockSize, steps };
        expect(await textOf('speculative-coupled', { params, seed: steps })).toBe(greedy);
      }
    }
  });

  it.each([
    ['speculative', {}, 1],
    ['speculative-coupled', { steps: 3 }, 3],
  ] as const)(
    '%s costs one AR forward and %o a round, and writes from 1 to L + 1 tokens in it',
    async (sampler, more, draft) => {
      const events = await eventsOf(sampler, { params: { blockSize: 2, temperature: 0.3, ...more } });
      const rounds = events.flatMap((event) => (event.type === 'committed' ? [event.tokens.length] : []));
      expect(rounds.reduce((a, b) => a + b, 0)).toBe(64);
      expect(Math.min(...rounds)).toBeGreaterThanOrEqual(1);
      expect(Math.max(...rounds)).toBe(3);
      expect(events.at(-1)).toMatchObject({
        statistics: {
          nfe: { ar: rounds.length, diffusion: draft * rounds.length, total: (draft + 1) * rounds.length },
        },
      });
    },
  );

  it('leaves nothing behind wherever it is stopped', async () => {
    for (const sampler of ['speculative', 'speculative-coupled', 'best-of-n']) {
      for (const count of [1, 4, 9, 16, 31]) {
        const params = { blockSize: 4, ...(sampler === 'speculative' ? {} : { steps: 2 }) };
        await lastValueFrom(run(pipeline(sampler), { model, params, length: 24, rows: 2 }).pipe(take(count)));
        for (let turn = 0; turn < 4; turn++) await new Promise((resolve) => setImmediate(resolve));
        expect(model.denoiser.live).toBe(0);
      }
    }
  });
});
