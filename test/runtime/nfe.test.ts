import { lastValueFrom } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Nfe, RunEvent } from '../../src/runtime/events.js';
import { run } from '../../src/runtime/run.js';
import { absorbingManifest, uniformManifest } from '../support/context.js';
import { referenceFunctions } from '../support/fixtures.js';
import { NullDenoiser } from '../support/null-denoiser.js';
import { pipeline } from '../support/pipelines.js';

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
});
