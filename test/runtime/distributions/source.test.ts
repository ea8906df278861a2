import { describe, expect, it } from 'vitest';
import type { ModelManifest } from '../../../src/graph/manifest.js';
import { addNoise } from '../../../src/nodes/index.js';
import { chiSquareDeviate } from '../../support/chi-square.js';
import { absorbingManifest, nodeContext, uniformManifest } from '../../support/context.js';
import { agree, observe } from '../../support/distributions.js';
import { enumerateRows, product, type OracleSampler } from '../../support/oracle.js';
import { pipeline } from '../../support/pipelines.js';
import { lumpyDenoiser } from '../../support/table-denoiser.js';

const tiny = { vocabularySize: 3, length: 4, blockSizes: null };
const manifests: readonly ModelManifest[] = [
  { ...absorbingManifest, ...tiny, vocabularySize: 4, maskId: 3 },
  { ...uniformManifest, ...tiny },
];

const expected = (manifest: ModelManifest, sampler: Omit<OracleSampler, 'vocabulary' | 'maskId' | 'model' | 'eps'>) =>
  enumerateRows({
    vocabulary: manifest.vocabularySize,
    maskId: manifest.maskId,
    model: lumpyDenoiser(manifest).tiny,
    eps: 1e-3,
    ...sampler,
  });

describe.each(manifests)('on $process noise', (manifest) => {
  it('add-noise draws from q(x_s | x_0): alpha_s of the token, the rest of the noise', () => {
    const { vocabularySize, maskId } = manifest;
    const alphaS = 0.3;
    const tokens = [0, 2, 1];
    const counts = new Map<string, number>();
    for (let seed = 0; seed < 20000; seed++) {
      const { block } = addNoise.step({
        inputs: {
          block: { start: 5, size: 4, tokens: [1, ...tokens], fixed: [true, false, false, false] },
          level: { alphaT: 0.1, alphaS, step: 0, steps: 1, last: false },
        },
        params: {},
        context: nodeContext(manifest, seed),
      });
      expect(block).toMatchObject({ start: 5, size: 4, fixed: [true, false, false, false] });
      expect(block.tokens[0]).toBe(1);
      const key = block.tokens.slice(1).join(' ');
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    const noise = (v: number): number => (maskId === null ? 1 / vocabularySize : Number(v === maskId));
    const marginals = tokens.map((token) =>
      Array.from({ length: vocabularySize }, (_, v) => alphaS * Number(v === token) + (1 - alphaS) * noise(v)),
    );
    const exact = new Map(product(marginals).map(({ tokens: drawn, p }) => [drawn.join(' '), p]));
    const { deviate, degrees } = chiSquareDeviate(counts, exact);
    expect(degrees).toBeGreaterThan(5);
    expect(deviate).toBeLessThan(4.75);
  });

  it('edit at strength 0 gives the source back', async () => {
    const source = [2, 0, 1, 1];
    const params = { strength: 0, steps: 2, blockSize: 3 };
    expect([...(await observe(pipeline('edit'), manifest, { params, source })).keys()]).toEqual(['2 0 1 1']);
  });

  it('edit at strength 1 is block diffusion, whatever the source', async () => {
    const params = { steps: 2, blockSize: 2 };
    const blocks = expected(manifest, { ...params, length: 3 });
    await agree('edit', manifest, { params: { ...params, strength: 1 }, source: [2, 0, 1] }, blocks);
    await agree('block-ancestral', manifest, { params, length: 3 }, blocks);
  });

  it.each([0.3, 0.7])('edit at strength %d is exact', async (strength) => {
    const params = { steps: 2, blockSize: 2, strength };
    const source = [2, 0, 1];
    await agree('edit', manifest, { params, source }, expected(manifest, { ...params, source, length: 3 }));
  });

  it('edit keeps what is given', async () => {
    const params = { steps: 2, blockSize: 3, strength: 0.6 };
    const source = [2, 0, 1];
    const template = [null, 2];
    const rows = expected(manifest, { ...params, source, template, length: 3 });
    await agree('edit', manifest, { params, source, template: [template] }, rows);
  });
});
