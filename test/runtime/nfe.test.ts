import { lastValueFrom, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Nfe, RunEvent } from '../../src/runtime/events.js';
import { initialRunState, reduceRun } from '../../src/runtime/run-state.js';
import { run } from '../../src/runtime/run.js';
import { absorbingManifest, uniformManifest } from '../support/context.js';
import { referenceFunctions } from '../support/fixtures.js';
import { NullDenoiser } from '../support/null-denoiser.js';
import { check, pipeline } from '../support/pipelines.js';

const long = { ...absorbingManifest, length: 64 };

async function nfeOf(name: string, params: Record<string, unknown>, length: number): Promise<Nfe> {
  const model = { denoiser: new NullDenoiser(long), tokenizer: null };
  const last: RunEvent = await lastValueFrom(run(pipeline(name), { model, params, length }));
  if (last.type !== 'finished') throw new Error(`the run ended with ${JSON.stringify(last)}`);
  expect(last.rows[0]?.nfe).toEqual(last.statistics.nfe);
  return last.statistics.nfe;
}

describe('NFE', () => {
  it.each(referenceFunctions.arpcNfe)(
    'of ARPC with $steps steps, warmup $warmup, guideEvery $guideEvery is the reference',
    async ({ steps, warmup, guideEvery, nfePerBlock }) => {
      const params = { steps, warmup, guideEvery, blockSize: 4 };
      for (const name of ['arpc', 'arpc-divergence']) {
        expect(await nfeOf(name, params, 12)).toEqual({
          total: 3 * nfePerBlock,
          diffusion: 3 * steps,
          ar: 3 * (nfePerBlock - steps),
        });
      }
      for (const name of ['diffusion-corrector', 'random-corrector']) {
        expect(await nfeOf(name, params, 12)).toEqual({ total: 3 * steps, diffusion: 3 * steps, ar: 0 });
      }
    },
  );

  it('of autoregression is one a token', async () => {
    expect(await nfeOf('ar', {}, 9)).toEqual({ total: 9, diffusion: 9, ar: 0 });
    expect(await nfeOf('ar', { arTokens: 4 }, 9)).toEqual({ total: 4, diffusion: 4, ar: 0 });
  });

  it('of block diffusion is steps a block, the last block counted whole', async () => {
    expect(await nfeOf('block-ancestral', { steps: 5, blockSize: 4 }, 10)).toMatchObject({ total: 15 });
    expect(await nfeOf('full-sequence', { steps: 7 }, 10)).toMatchObject({ total: 7 });
  });

  it('of compositions is the sum of their parts', async () => {
    const params = { arTokens: 3, steps: 5, blockSize: 4 };
    expect(await nfeOf('ar-then-block', params, 11)).toEqual({ total: 3 + 2 * 5, diffusion: 13, ar: 0 });
    expect(await nfeOf('ar-then-arpc', params, 11)).toEqual({ total: 3 + 2 * 9, diffusion: 13, ar: 8 });
    expect(await nfeOf('ar-then-block', { ...params, arTokens: 0 }, 8)).toMatchObject({ total: 10 });
    expect(await nfeOf('ar-then-block', { ...params, arTokens: 64 }, 8)).toMatchObject({ total: 8 });
  });

  it('does not depend on the noise process', async () => {
    const model = { denoiser: new NullDenoiser({ ...uniformManifest, length: 8 }), tokenizer: null };
    const last = await lastValueFrom(run(pipeline('arpc'), { model, params: { steps: 4, blockSize: 4 } }));
    expect(last).toMatchObject({ type: 'finished', statistics: { nfe: { total: 14, diffusion: 8, ar: 6 } } });
  });

  /** Two blocks of three positions; three diffusion calls of a row meet in one round, and so do two AR calls. */
  const meeting = {
    format: 1,
    name: 'meeting',
    inputs: { canvas: 'canvas', cache: 'cache' },
    nodes: {
      blocks: {
        kind: 'loop',
        carry: { canvas: 'input.canvas', cache: 'input.cache' },
        max: 64,
        until: 'advance.done',
        body: {
          open: { kind: 'next-block', in: { canvas: 'blocks.canvas' }, params: { blockSize: 3 } },
          commit: {
            kind: 'kv-commit',
            in: { cache: 'blocks.cache', canvas: 'blocks.canvas', block: 'open.block' },
          },
          a: { kind: 'denoise-step', in: { cache: 'commit.cache', block: 'open.block' } },
          b: { kind: 'denoise-step', in: { cache: 'commit.cache', block: 'open.block' }, params: { temperature: 0.5 } },
          c: { kind: 'denoise-step', in: { cache: 'commit.cache', block: 'open.block' }, params: { temperature: 2 } },
          among: { kind: 'open-positions', in: { block: 'open.block' } },
          draft: { kind: 'draw', in: { prediction: 'a.prediction', block: 'open.block', among: 'among.positions' } },
          ar: { kind: 'ar-score', in: { cache: 'commit.cache', block: 'draft.block' } },
          again: { kind: 'ar-score', in: { cache: 'commit.cache', block: 'draft.block' } },
          advance: { kind: 'block-advance', in: { canvas: 'blocks.canvas', block: 'draft.block' } },
        },
        next: { canvas: 'advance.canvas', cache: 'commit.cache' },
      },
    },
    outputs: { canvas: 'blocks.canvas' },
  };

  it.each([
    { prompts: [[]], rows: [{ total: 10, diffusion: 6, ar: 4 }], mean: { total: 10, diffusion: 6, ar: 4 } },
    {
      prompts: [[], [1, 2, 3]],
      rows: [
        { total: 10, diffusion: 6, ar: 4 },
        { total: 5, diffusion: 3, ar: 2 },
      ],
      mean: { total: 7.5, diffusion: 4.5, ar: 3 },
    },
  ])('counts every call of a row, also those that meet in a round: $prompts', async ({ prompts, rows, mean }) => {
    const model = { denoiser: new NullDenoiser(long), tokenizer: null };
    const events = await lastValueFrom(run(check(meeting), { model, prompts, length: 6 }).pipe(toArray()));
    const last = events.at(-1);
    if (last?.type !== 'finished') throw new Error(`the run ended with ${JSON.stringify(last)}`);
    expect(last.rows.map(({ nfe }) => nfe)).toEqual(rows);
    expect(last.statistics.nfe).toEqual(mean);
    const forwards = events.filter((event) => event.type === 'forward');
    // Two rounds a block: one with the diffusion calls, one with the AR calls.
    expect(forwards.map(({ call }) => call)).toEqual(['diffusion', 'ar', 'diffusion', 'ar']);
    for (const { row, nfe } of last.rows) {
      for (const call of ['diffusion', 'ar'] as const) {
        const own = forwards.filter((event) => event.call === call).flatMap((event) => event.rows);
        expect(own.filter((each) => each === row)).toHaveLength(nfe[call]);
      }
    }
    expect(forwards.at(-1)?.nfe).toEqual(mean);
    expect(events.reduce(reduceRun, initialRunState).nfe).toEqual(mean);
  });
});
