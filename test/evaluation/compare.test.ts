import { lastValueFrom } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { compare, type CompareEvent } from '../../src/evaluation/compare.js';
import type { ComparedSampler, Comparison } from '../../src/evaluation/comparison.js';
import type { CompareRequest } from '../../src/evaluation/request.js';
import { arScore } from '../../src/evaluation/ar-score.js';
import { run } from '../../src/runtime/run.js';
import { absorbingManifest, uniformManifest } from '../support/context.js';
import { check, pipeline } from '../support/pipelines.js';
import { lumpyDenoiser } from '../support/table-denoiser.js';

const manifest = { ...absorbingManifest, length: 24 };
const modelWith = (given = manifest) => ({ denoiser: lumpyDenoiser(given), tokenizer: null });
const blocks = { blockSize: 4 };
const samplers: readonly ComparedSampler[] = [
  { label: 'arpc', pipeline: pipeline('arpc'), params: blocks },
  { label: 'plain', pipeline: pipeline('block-ancestral'), params: blocks },
  { label: 'ar', pipeline: pipeline('ar') },
];

async function events(given: readonly ComparedSampler[], request: CompareRequest): Promise<readonly CompareEvent[]> {
  const all: CompareEvent[] = [];
  for await (const event of compare(given, request)) all.push(event);
  return all;
}

async function compared(given: readonly ComparedSampler[], request: CompareRequest): Promise<Comparison> {
  const last = (await events(given, request)).at(-1);
  if (last?.type !== 'finished') throw new Error('no result');
  return last.comparison;
}

describe('compare', () => {
  it('gives every sampler what its budget pays for, and says what it does not', async () => {
    const model = modelWith();
    const {
      settings,
      samplers: facts,
      notes,
      complete,
    } = await compared(samplers, {
      model,
      length: 12,
      budgets: [9, 2, 3, 9, 16],
      seeds: [4, 5],
    });
    expect(complete).toBe(true);
    expect(settings.map(({ sampler, budget, params, nfe }) => [sampler, budget, params['steps'], nfe])).toEqual([
      ['arpc', 3, 1, { total: 3, diffusion: 3, ar: 0 }],
      ['arpc', 9, 2, { total: 9, diffusion: 6, ar: 3 }],
      ['arpc', 16, 3, { total: 15, diffusion: 9, ar: 6 }],
      ['plain', 3, 1, { total: 3, diffusion: 3, ar: 0 }],
      ['plain', 9, 3, { total: 9, diffusion: 9, ar: 0 }],
      ['plain', 16, 5, { total: 15, diffusion: 15, ar: 0 }],
      ['ar', null, undefined, { total: 12, diffusion: 12, ar: 0 }],
    ]);
    expect(facts.map(({ unsteered }) => unsteered)).toEqual([null, null, 'it has no parameter steps']);
    expect(notes).toEqual(
      expect.arrayContaining([
        'arpc is out of reach of budget 2: with steps=1 it already takes 3 NFE a row',
        'plain is out of reach of budget 2: with steps=1 it already takes 3 NFE a row',
        'not steered by a budget, since it has no parameter steps: ar',
      ]),
    );
    expect(model.denoiser.live).toBe(0);
  });

  it('writes the rows that run writes, and scores what is behind the prompt', async () => {
    const model = modelWith();
    const prompts = [[1, 2], [], [3]];
    const { samples, settings } = await compared(samplers, {
      model,
      length: 10,
      budgets: [20],
      seeds: [0, 7],
      prompts,
    });
    expect(samples).toHaveLength(3 * 2 * 3);
    for (const sample of samples) {
      const sampler = samplers[sample.setting];
      if (sampler === undefined) throw new Error('no such sampler');
      const request = { model, params: settings[sample.setting]?.params ?? {}, seed: sample.seed, length: 10 };
      const last = await lastValueFrom(run(sampler.pipeline, { ...request, prompt: prompts[sample.prompt] ?? [] }));
      const row = last.type === 'finished' ? last.rows[0] : undefined;
      expect(sample.tokens).toEqual(row?.tokens);
      expect(sample.nfe).toEqual(row?.nfe);
      const scores = await arScore(model, sample.tokens, { promptLength: sample.promptLength });
      expect(scores).toHaveLength(10 - sample.promptLength);
      expect(sample.arScore).toBeCloseTo(scores.reduce((a, b) => a + b, 0) / scores.length, 12);
    }
    const seen = samples.filter(({ setting }) => setting === 0);
    const nats = seen.reduce(
      (sum, { arScore: score, tokens, promptLength }) => sum + (score ?? NaN) * (tokens.length - promptLength),
      0,
    );
    const count = seen.reduce((sum, { tokens, promptLength }) => sum + tokens.length - promptLength, 0);
    expect(settings[0]?.arScore?.mean).toBeCloseTo(nats / count, 9);
    expect(settings[0]?.rows).toBe(6);
  });

  it('lets settings take turns at each seed and prompt', async () => {
    const all = await events(samplers, { model: modelWith(), length: 6, seeds: [8, 3], prompts: [[], [1]] });
    const order = all.flatMap((event) => (event.type === 'sample' ? [event.sample] : []));
    const rounds = [0, 3, 6, 9].map((at) => order.slice(at, at + 3));
    expect(rounds.map((round) => round.map(({ setting }) => setting))).toEqual([
      [0, 1, 2],
      [0, 1, 2],
      [1, 2, 0],
      [1, 2, 0],
    ]);
    expect(rounds.map(([first]) => [first?.seed, first?.prompt])).toEqual([
      [8, 0],
      [8, 1],
      [3, 0],
      [3, 1],
    ]);
    const planning = samplers.map(({ label }, i) => ({ type: 'planning', sampler: label, number: i + 1, total: 3 }));
    expect(all.slice(0, 3)).toEqual(planning);
    expect(all.slice(3).map(({ type }) => type)).toEqual(['planned', ...order.map(() => 'sample'), 'finished']);
    const last = all.findLast((event) => event.type === 'sample');
    expect(last).toMatchObject({ done: 12, total: 12 });
  });

  it('asks another model for the scores', async () => {
    const judge = { denoiser: lumpyDenoiser({ ...uniformManifest, vocabularySize: 4, length: 24 }), tokenizer: null };
    const request = { model: modelWith(), length: 8 };
    const [own, judged] = [await compared(samplers, request), await compared(samplers, { ...request, judge })];
    expect(judged.samples.map(({ tokens }) => tokens)).toEqual(own.samples.map(({ tokens }) => tokens));
    const [sample] = judged.samples;
    const scores = await arScore(judge, sample?.tokens ?? []);
    expect(sample?.arScore).toBeCloseTo(scores.reduce((a, b) => a + b, 0) / 8, 12);
    expect(judge.denoiser.live).toBe(0);
  });

  it('says where nothing can score', async () => {
    const model = modelWith({ ...manifest, causality: 'bidirectional' });
    const result = await compared([{ label: 'full', pipeline: pipeline('full-sequence') }], {
      model,
      length: 8,
      budgets: [4],
    });
    expect(result.unjudged).toMatch(/no AR mode/);
    expect(result.settings[0]).toMatchObject({ arScore: null, nfe: { total: 4 } });
    expect(result.samples[0]?.entropy).toBeGreaterThanOrEqual(0);
  });

  it('goes on after a run that failed', async () => {
    const model = modelWith();
    const clone = { ...uniformManifest, vocabularySize: 4, length: 24 };
    const judge = { denoiser: lumpyDenoiser(clone), tokenizer: null };
    let calls = 0;
    judge.denoiser.beforePass = () => {
      if (++calls === 2) throw new Error('out of memory');
    };
    const all = await events(samplers, { model, judge, length: 8, seeds: [0, 1] });
    const result = all.at(-1);
    expect(all.filter(({ type }) => type === 'failed')).toMatchObject([
      { failure: { setting: 1, seed: 0, prompt: 0, message: 'AR score: out of memory' } },
    ]);
    expect(result).toMatchObject({ comparison: { complete: true, failures: [{ setting: 1 }] } });
    expect(result?.type === 'finished' && result.comparison.settings.map(({ rows }) => rows)).toEqual([2, 1, 2]);
    expect(model.denoiser.live).toBe(0);
  });

  it('stops when it is told to, and keeps what is finished', async () => {
    const stopping = new AbortController();
    const model = modelWith();
    const all: CompareEvent[] = [];
    for await (const event of compare(samplers, { model, length: 8, seeds: [0, 1, 2], signal: stopping.signal })) {
      all.push(event);
      if (event.type === 'sample' && event.done === 4) stopping.abort();
    }
    const last = all.at(-1);
    expect(last).toMatchObject({ type: 'finished', comparison: { complete: false } });
    expect(last?.type === 'finished' && last.comparison.samples).toHaveLength(4);
    expect(model.denoiser.live).toBe(0);
  });

  it('stops before it began', async () => {
    const request = { model: modelWith(), length: 8, budgets: [8], signal: AbortSignal.abort() };
    expect(await compared(samplers, request)).toMatchObject({ complete: false, settings: [], samples: [], notes: [] });
  });
});

describe('compare refuses', () => {
  const refusal = async (
    given: readonly ComparedSampler[],
    request: Omit<CompareRequest, 'model'>,
  ): Promise<string> => {
    const model = modelWith();
    try {
      await compared(given, { model, length: 8, ...request });
    } catch (error) {
      expect(model.denoiser.batches).toEqual([]);
      return error instanceof Error && error.name === 'InputError'
        ? error.message
        : `not an InputError: ${String(error)}`;
    }
    return 'nothing';
  };
  const [arpc = { label: '', pipeline: pipeline('arpc') }] = samplers;

  it('everything that is wrong at once', async () => {
    const message = await refusal(
      [arpc, { ...arpc, params: { stepz: 3 } }, { label: 'b', pipeline: pipeline('ar'), params: { temperature: -1 } }],
      {
        seeds: [1, 1, -2],
        prompts: [[9], 'text'],
        budgets: [0],
      },
    );
    for (const part of [
      /arpc is named twice/,
      /has no parameter "stepz".*did you mean "steps"/,
      /cannot run b:.*temperature/,
      /seed is named twice/,
      /seed must be an integer from 0/,
      /prompt 0 holds 9/,
      /no tokenizer, so that prompt 1/,
      /NFE must be an integer from 1/,
    ]) {
      expect(message).toMatch(part);
    }
  });

  it.each([
    [[], {}, /at least one sampler/],
    [[arpc], { seeds: [] }, /at least one seed/],
    [[arpc], { budgets: [1] }, /arpc is out of reach of budget 1/],
    [
      [arpc],
      { budgets: [8], budgetParam: 'stebs' },
      /"stebs".*there are blockSize, guideEvery, steps, warmup.*did you mean "steps"/,
    ],
    [[arpc], { budgets: [8], budgetParam: 'temperature' }, /no sampler here has an integer parameter "temperature"/],
    [[arpc], { length: 25 }, /length must be an integer from 1 to 24/],
    [[arpc], { judge: modelWith({ ...uniformManifest, length: 24 }) }, /different vocabularies/],
    [[arpc], { judge: modelWith({ ...manifest, length: 7 }) }, /too long for the judge tiny, which takes 7/],
  ] as const)('%#', async (given, request, message) => {
    expect(await refusal(given, request)).toMatch(message);
  });

  it('a sampler that starts from a text', async () => {
    const document = {
      format: 1,
      name: 'echo',
      inputs: { canvas: 'canvas', cache: 'cache', source: 'canvas' },
      nodes: { done: { kind: 'canvas-done', in: { canvas: 'input.source' } } },
      outputs: { canvas: 'input.source' },
    };
    expect(await refusal([{ label: 'echo', pipeline: check(document) }], {})).toMatch(
      /echo starts from a text \(its input "source"\)/,
    );
  });
});
