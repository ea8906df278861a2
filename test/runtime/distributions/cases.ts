import { describe, it } from 'vitest';
import type { ModelManifest } from '../../../src/graph/manifest.js';
import { agree, entropy, renoisedCount, withoutMask, worst } from '../../support/distributions.js';
import { enumerateRows, type OracleSampler } from '../../support/oracle.js';
import { lumpyDenoiser } from '../../support/table-denoiser.js';

type Corrector = NonNullable<OracleSampler['corrector']>;
type Case = Pick<OracleSampler, 'steps' | 'blockSize' | 'length'> & Partial<OracleSampler>;

function expected(manifest: ModelManifest, sampler: Case): Map<string, number> {
  const { vocabularySize: vocabulary, maskId } = manifest;
  const { tiny } = lumpyDenoiser(manifest);
  return enumerateRows({ vocabulary, maskId, model: tiny, eps: 1e-3, ...sampler });
}

const agrees = (name: string, manifest: ModelManifest, params: Record<string, unknown>, sampler: Case): Promise<void> =>
  agree(name, manifest, { params, length: sampler.length }, expected(manifest, sampler));

/** Every pipeline on one kind of noise. */
export function describeDistributions(manifest: ModelManifest): void {
  describe(`on ${manifest.process} noise`, () => {
    it.each([
      { steps: 1, blockSize: 1, length: 2 },
      { steps: 3, blockSize: 1, length: 2 },
      { steps: 1, blockSize: 2, length: 2 },
      { steps: 2, blockSize: 2, length: 4 },
      { steps: 4, blockSize: 3, length: 3 },
      { steps: 3, blockSize: 2, length: 3 },
    ])('block-ancestral is exact: $steps steps, block size $blockSize, $length tokens', async (shape) => {
      await agrees('block-ancestral', manifest, { steps: shape.steps, blockSize: shape.blockSize }, shape);
    });

    it('full-sequence is exact', async () => {
      await agrees('full-sequence', manifest, { steps: 3 }, { steps: 3, blockSize: 3, length: 3 });
    });

    it('autoregression is exact: each token from p(x_i | x_<i), with no trace of the noise', async () => {
      const { vocabularySize: vocabulary, maskId } = manifest;
      // From exactly pure noise, a uniform row sees any token at x_t, and the posterior is the prediction itself.
      await agrees('ar', manifest, {}, { steps: 1, blockSize: 1, length: 3, eps: 0, vocabulary, maskId });
    });

    it('greedy last steps take the most probable token', async () => {
      const params = { steps: 2, blockSize: 2, finalStep: 'greedy' };
      await agrees('block-ancestral', manifest, params, { steps: 2, blockSize: 2, length: 2, finalStep: 'greedy' });
    });

    it('temperature sharpens every forward', async () => {
      const { tiny } = lumpyDenoiser(manifest);
      const model: OracleSampler['model'] = (prefix, noisy) =>
        tiny(prefix, noisy).map((row) => {
          const sharp = row.map((p) => p ** 2);
          const sum = sharp.reduce((a, b) => a + b, 0);
          return sharp.map((p) => p / sum);
        });
      await agrees(
        'block-ancestral',
        manifest,
        { steps: 2, blockSize: 2, temperature: 0.5 },
        { steps: 2, blockSize: 2, length: 2, model },
      );
    });

    it('ARPC is exact: drafts, AR scores, the worst renoised', async () => {
      const { tinyAr } = lumpyDenoiser(manifest);
      const corrector: Corrector = ({ prefix, draft, alphaS }) => {
        const nll = draft.map((token, i) => {
          const row = tinyAr([...prefix, ...draft.slice(0, i)]);
          const rest = manifest.maskId === null ? 1 : 1 - (row[manifest.maskId] ?? 0);
          return -Math.log(Math.fround((row[token] ?? 0) / rest));
        });
        return worst(nll, renoisedCount(alphaS, draft.length));
      };
      await agrees('arpc', manifest, { steps: 3, blockSize: 2 }, { steps: 3, blockSize: 2, length: 4, corrector });
      await agrees('arpc', manifest, { steps: 3, blockSize: 3 }, { steps: 3, blockSize: 3, length: 3, corrector });
    });

    it('ARPC is exact between its guided steps: warmup and guideEvery', async () => {
      const { tinyAr } = lumpyDenoiser(manifest);
      const entropies: Corrector = ({ prefix, draft, alphaS, step }) => {
        if (step < 1 || (step - 1) % 2 !== 0) return null;
        const doubt = draft.map((_, i) => entropy(withoutMask(tinyAr([...prefix, ...draft.slice(0, i)]), manifest)));
        return worst(doubt, renoisedCount(alphaS, draft.length));
      };
      const params = { steps: 4, blockSize: 2, warmup: 1, guideEvery: 2, score: 'entropy' };
      await agrees('arpc', manifest, params, { steps: 4, blockSize: 2, length: 2, corrector: entropies });
    });

    it('ARPC by divergence is exact', async () => {
      const { tiny, tinyAr } = lumpyDenoiser(manifest);
      const corrector: Corrector = ({ prefix, draft, noisy, alphaS }) => {
        const diffusion = tiny(prefix, noisy);
        const distance = draft.map((_, i) => {
          const p = withoutMask(tinyAr([...prefix, ...draft.slice(0, i)]), manifest);
          const revealed = manifest.maskId !== null && noisy[i] !== manifest.maskId;
          const q = revealed ? p.map((_p, v) => (v === noisy[i] ? 1 : 0)) : withoutMask(diffusion[i] ?? [], manifest);
          return p.reduce((sum, each, v) => sum + Math.abs(each - (q[v] ?? 0)), 0) / 2;
        });
        return worst(distance, renoisedCount(alphaS, draft.length));
      };
      const params = { steps: 3, blockSize: 2, divergence: 'tvd' };
      await agrees('arpc-divergence', manifest, params, { steps: 3, blockSize: 2, length: 2, corrector });
    });

    it('ARPC by the gap is exact: of the most probable tokens, which all have 0, any may get noise', async () => {
      const { tinyAr } = lumpyDenoiser(manifest);
      const corrector: Corrector = ({ prefix, draft, alphaS }) => {
        const gaps = draft.map((token, i) => {
          const row = withoutMask(tinyAr([...prefix, ...draft.slice(0, i)]), manifest);
          return Math.log(Math.max(...row)) - Math.log(row[token] ?? 0);
        });
        return worst(gaps, renoisedCount(alphaS, draft.length));
      };
      const params = { steps: 3, blockSize: 3, score: 'gap_to_top1' };
      await agrees('arpc', manifest, params, { steps: 3, blockSize: 3, length: 3, corrector });
    });

    it('the random corrector is exact: every choice of positions is as likely', async () => {
      const choices: Corrector = ({ draft, alphaS }) => {
        const count = renoisedCount(alphaS, draft.length);
        return subsets(draft.length, count);
      };
      await agrees(
        'random-corrector',
        manifest,
        { steps: 3, blockSize: 3 },
        { steps: 3, blockSize: 3, length: 3, corrector: choices },
      );
    });

    it('autoregression, then blocks, is exact over the seam', async () => {
      const { vocabularySize: vocabulary, maskId } = manifest;
      const { tiny: model } = lumpyDenoiser(manifest);
      const common = { vocabulary, maskId, model };
      const first = enumerateRows({ ...common, eps: 0, steps: 1, blockSize: 1, length: 1 });
      const whole = new Map<string, number>();
      for (const [prefix, p] of first) {
        const rest = enumerateRows({
          ...common,
          eps: 1e-3,
          steps: 2,
          blockSize: 2,
          length: 2,
          prefix: [Number(prefix)],
        });
        for (const [tail, q] of rest) whole.set(`${prefix} ${tail}`, p * q);
      }
      const params = { arTokens: 1, steps: 2, blockSize: 2 };
      await agree('ar-then-block', manifest, { params, length: 3 }, whole);
    });

    it('the diffusion corrector is exact: doubt of the prediction that was drafted from', async () => {
      const { tiny } = lumpyDenoiser(manifest);
      const corrector: Corrector = ({ prefix, draft, noisy, alphaS }) => {
        const confidence = tiny(prefix, noisy).map((row, i) => {
          if (manifest.maskId === null) return -Math.max(...row);
          if (noisy[i] !== manifest.maskId) return -1;
          return -Math.max(...row.slice(0, manifest.maskId)) / (1 - (row[manifest.maskId] ?? 0));
        });
        return worst(confidence, renoisedCount(alphaS, draft.length));
      };
      const params = { steps: 3, blockSize: 3, measure: 'confidence' };
      await agrees('diffusion-corrector', manifest, params, { steps: 3, blockSize: 3, length: 3, corrector });
    });
  });
}

const subsets = (size: number, count: number): number[][] => {
  if (count === 0) return [[]];
  if (size < count) return [];
  return [...subsets(size - 1, count), ...subsets(size - 1, count - 1).map((chosen) => [...chosen, size - 1])];
};
