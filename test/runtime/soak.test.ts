import { describe, expect, it } from 'vitest';
import type { ModelCall } from '../../src/graph/effects.js';
import type { Denoiser } from '../../src/models/denoiser.js';
import { absorbingManifest } from '../support/context.js';
import { expectNothingLeft, holdings, soak } from '../support/soak.js';
import { lumpyDenoiser } from '../support/table-denoiser.js';
import { turns } from '../support/turns.js';

const manifest = { ...absorbingManifest, length: 8, vocabularySize: 4, maskId: 3, blockSizes: null };

/** A model whose forwards take some turns of the event loop, as those of a worker do, and that has limits. */
function slow(): Denoiser {
  const denoiser = lumpyDenoiser(manifest);
  const forward = denoiser.forward.bind(denoiser);
  return Object.assign(denoiser, {
    limits: { rows: 5, cacheBytes: 30 },
    cacheBytes: (tokens: number) => tokens,
    forward: async (calls: readonly ModelCall[]) => {
      await turns(3);
      return forward(calls);
    },
  });
}

const denoisers: readonly (readonly [string, () => Denoiser])[] = [
  ['without limits', () => lumpyDenoiser(manifest)],
  ['with limits and slow forwards', slow],
];

describe.each(denoisers)('a model %s', (_, open) => {
  it('is as before after 1,000 runs, half of them cancelled at any moment', async () => {
    const denoiser = open();
    await soak(denoiser, { runs: 700, atOnce: 8, length: 8 });
    await expectNothingLeft(denoiser);
    const before = await holdings();
    const ends = await soak(denoiser, { runs: 1000, atOnce: 8, length: 8 });
    await expectNothingLeft(denoiser);
    const after = await holdings();
    expect(ends['failed']).toBeUndefined();
    for (const end of ['finished', 'cancelled', 'unsubscribed']) expect(ends[end]).toBeGreaterThan(100);
    expect(after.resources).toEqual(before.resources);
    // Less than a kilobyte a run: a run that stays in memory has several.
    expect(after.bytes - before.bytes).toBeLessThan(1_000_000);
  });
});
