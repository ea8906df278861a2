import { lastValueFrom } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { ModelManifest } from '../../../src/graph/manifest.js';
import { addNoise } from '../../../src/nodes/index.js';
import { run } from '../../../src/runtime/run.js';
import { chiSquareDeviate } from '../../support/chi-square.js';
import { absorbingManifest, nodeContext, uniformManifest } from '../../support/context.js';
import { agree, renoisedCount, withoutMask, worst } from '../../support/distributions.js';
import { certainly, enumerateRows, noiseOf, product, type OracleSampler } from '../../support/oracle.js';
import { pipeline } from '../../support/pipelines.js';
import { lumpyDenoiser } from '../../support/table-denoiser.js';

const tiny = { vocabularySize: 3, length: 4, blockSizes: null };
const manifests: readonly ModelManifest[] = [
  { ...absorbingManifest, ...tiny, vocabularySize: 4, maskId: 3 },
  { ...uniformManifest, ...tiny },
];

type Shape = Pick<OracleSampler, 'steps' | 'blockSize' | 'length'> & Partial<OracleSampler>;

const expected = (manifest: ModelManifest, sampler: Shape): Map<string, number> =>
  enumerateRows({
    vocabulary: manifest.vocabularySize,
    maskId: manifest.maskId,
    model: lumpyDenoiser(manifest).tiny,
    eps: 1e-3,
    ...sampler,
  });

const tokensOf = (key: string): number[] => key.split(' ').map(Number);

/** A source in which each token is noise with probability `strength`, denoised from that time. */
function edited(manifest: ModelManifest, source: readonly number[], strength: number): Partial<OracleSampler> {
  const noise = noiseOf({ vocabulary: manifest.vocabularySize, maskId: manifest.maskId });
  return {
    startTime: strength,
    begin: ({ start, size }) =>
      source.slice(start, start + size).map((token) => {
        const clean = certainly(token, manifest.vocabularySize);
        return noise.map((p, v) => strength * p + (1 - strength) * (clean[v] ?? 0));
      }),
  };
}

/** A source in which the tokens that the AR mode doubts most are noise, denoised from the time `strength`. */
function refined(manifest: ModelManifest, source: readonly number[], strength: number): Partial<OracleSampler> {
  const noise = noiseOf({ vocabulary: manifest.vocabularySize, maskId: manifest.maskId });
  const { tinyAr } = lumpyDenoiser(manifest);
  return {
    startTime: strength,
    begin: ({ prefix, start, size }) => {
      const block = source.slice(start, start + size);
      const nll = block.map((token, i) => {
        const row = withoutMask(tinyAr([...prefix, ...block.slice(0, i)]), manifest);
        return -Math.log(Math.fround(row[token] ?? 0));
      });
      const [again = [], ...others] = worst(nll, renoisedCount(1 - strength, size));
      if (others.length > 0)
        throw new Error('scores are equal, and a block that begins in several ways is beyond this oracle');
      return block.map((token, i) => (again.includes(i) ? noise : certainly(token, manifest.vocabularySize)));
    },
  };
}

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
    const denoiser = lumpyDenoiser(manifest);
    const source = [2, 0, 1, 1];
    const request = { params: { strength: 0, steps: 2, blockSize: 3 }, source, rows: 200 };
    const last = await lastValueFrom(run(pipeline('edit'), { model: { denoiser, tokenizer: null }, ...request }));
    if (last.type !== 'finished') throw new Error(JSON.stringify(last));
    for (const { tokens } of last.rows) expect(tokens).toEqual(source);
    expect(last.statistics.tokens).toBe(800);
  });

  it('edit at strength 1 is block diffusion, whatever the source', async () => {
    const params = { steps: 2, blockSize: 2 };
    const request = { params: { ...params, strength: 1 }, source: [2, 0, 1] };
    await agree('edit', manifest, request, expected(manifest, { ...params, length: 3 }));
  });

  it.each([0.3, 0.7])('edit at strength %d is exact', async (strength) => {
    const params = { steps: 2, blockSize: 2, strength };
    const source = [2, 0, 1];
    await agree(
      'edit',
      manifest,
      { params, source },
      expected(manifest, { steps: 2, blockSize: 2, length: 3, ...edited(manifest, source, strength) }),
    );
  });

  it('edit keeps what is given', async () => {
    const params = { steps: 2, blockSize: 3, strength: 0.6 };
    const source = [2, 0, 1];
    const template = [null, 2];
    const rows = expected(manifest, { steps: 2, blockSize: 3, template, length: 3, ...edited(manifest, source, 0.6) });
    await agree('edit', manifest, { params, source, template: [template] }, rows);
  });

  it.each([
    { strength: 0.5, blockSize: 3 },
    { strength: 0.3, blockSize: 2 },
  ])('refine is exact: strength $strength, block size $blockSize', async ({ strength, blockSize }) => {
    const source = [2, 0, 1, 1];
    const rows = expected(manifest, { steps: 2, blockSize, length: 4, ...refined(manifest, source, strength) });
    await agree('refine', manifest, { params: { steps: 2, blockSize, strength }, source }, rows);
  });

  it('self-refine is exact: two passes over what block diffusion wrote', async () => {
    const passes = 2;
    const shape = { steps: 1, blockSize: 2, length: 3 };
    let rows = expected(manifest, shape);
    for (let pass = 0; pass < passes; pass++) {
      const after = new Map<string, number>();
      for (const [source, p] of rows) {
        const again = expected(manifest, { ...shape, steps: 2, ...refined(manifest, tokensOf(source), 0.5) });
        for (const [row, q] of again) after.set(row, (after.get(row) ?? 0) + p * q);
      }
      rows = after;
    }
    const params = { passes, steps: 1, passSteps: 2, blockSize: 2, strength: 0.5 };
    await agree('self-refine', manifest, { params, length: 3 }, rows);
  });
});
