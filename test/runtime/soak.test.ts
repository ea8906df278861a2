import { describe, expect, it } from 'vitest';
import type { Denoiser } from '../../src/models/denoiser.js';
import { absorbingManifest } from '../support/context.js';
import { expectNothingLeft, holdings, soak } from '../support/soak.js';
import { lumpyDenoiser } from '../support/table-denoiser.js';

const manifest = { ...absorbingManifest, length: 8, vocabularySize: 4, maskId: 3, blockSizes: null };

const denoisers: readonly (readonly [string, () => Denoiser])[] = [
  ['without limits', () => lumpyDenoiser(manifest)],
  ['with limits', () => Object.assign(lumpyDenoiser(manifest), { limits: { rows: 5 }, cacheBytes: (n: number) => n })],
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
