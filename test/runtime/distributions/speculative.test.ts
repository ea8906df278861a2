import { describe, expect, it } from 'vitest';
import type { ModelManifest } from '../../../src/graph/manifest.js';
import { absorbingManifest, uniformManifest } from '../../support/context.js';
import { agree, withoutMask } from '../../support/distributions.js';
import { consistentDenoiser, lumpyDenoiser } from '../../support/table-denoiser.js';

interface Rows {
  readonly length: number;
  readonly temperature?: number;
  readonly prompt?: readonly number[];
  readonly template?: readonly (number | null)[];
  /** How many times 2,000 rows; 2 when left out. */
  readonly runs?: number;
}

function sharpened(row: readonly number[], temperature: number): number[] {
  if (temperature === 0) return row.map((_, v) => (v === row.indexOf(Math.max(...row)) ? 1 : 0));
  const sharp = row.map((p) => p ** (1 / temperature));
  const sum = sharp.reduce((a, b) => a + b, 0);
  return sharp.map((p) => p / sum);
}

/**
 * The exact distribution of autoregression, token by token: p(x_i | x_<i) is what the model denoises at a single position of
 * prior noise, and with uniform noise the mean of that over the noise.
 */
function autoregression(manifest: ModelManifest, { length, temperature = 1, prompt = [], template = [] }: Rows) {
  const { maskId, vocabularySize, eosId } = manifest;
  const { tiny } = lumpyDenoiser(manifest);
  const probes = maskId === null ? Array.from({ length: vocabularySize }, (_, v) => v) : [maskId];
  const next = (prefix: readonly number[]): number[] => {
    const rows = probes.map((probe) => sharpened(withoutMask(tiny(prefix, [probe])[0] ?? [], manifest), temperature));
    return Array.from({ length: vocabularySize }, (_, v) =>
      rows.reduce((sum, row) => sum + (row[v] ?? 0) / probes.length, 0),
    );
  };
  const lastGiven = template.findLastIndex((token) => token !== null);
  const finished = new Map<string, number>();
  const grow = (tokens: readonly number[], probability: number): void => {
    const at = tokens.length;
    const given = template[at] ?? null;
    const ended =
      at > prompt.length && tokens.at(-1) === eosId && (template[at - 1] ?? null) === null && at > lastGiven;
    if (at === length || ended) {
      const key = tokens.slice(prompt.length).join(' ');
      finished.set(key, (finished.get(key) ?? 0) + probability);
      return;
    }
    if (given !== null) grow([...tokens, given], probability);
    else next(tokens).forEach((p, v) => p > 0 && grow([...tokens, v], probability * p));
  };
  grow(prompt, 1);
  return finished;
}

const tiny = { length: 6, blockSizes: null };
const manifests: readonly ModelManifest[] = [
  { ...absorbingManifest, ...tiny, vocabularySize: 4, maskId: 3 },
  { ...uniformManifest, ...tiny, vocabularySize: 3 },
];

/** Draft lengths with row lengths that are multiples of them and that are not. */
const shapes = [
  { blockSize: 1, length: 3 },
  { blockSize: 2, length: 4 },
  { blockSize: 3, length: 4 },
  { blockSize: 4, length: 3 },
];

describe.each(manifests)('on $process noise', (manifest) => {
  const matches = (name: string, params: Record<string, number>, rows: Rows, eosId: number | null = null) => {
    const ending = { ...manifest, eosId };
    const { temperature = 1, template, prompt = [], length, runs = 2 } = rows;
    const from = template === undefined ? { prompt } : { template: [template] };
    const denoiser = consistentDenoiser(ending);
    const observation = { length, ...from, params: { ...params, temperature }, denoiser, runs };
    return agree(name, ending, observation, autoregression(ending, rows));
  };

  it('the oracle of autoregression is that of the pipeline ar, ends of sequences and given tokens included', async () => {
    await matches('ar', {}, { length: 3 });
    await matches('ar', {}, { length: 5, temperature: 0.5, prompt: [1], template: [1, null, 2] }, 0);
  });

  describe.each([
    ['speculative', [{}]],
    ['speculative-coupled', [{ steps: 1 }, { steps: 3 }]],
  ] as const)('%s has the distribution of autoregression', (name, [steps, otherSteps = steps]) => {
    it.each(shapes)('with drafts of $blockSize in rows of $length', async ({ blockSize, length }) => {
      await matches(name, { ...steps, blockSize }, { length });
    });

    it('where draft and judge are far apart, to a hundredth', async () => {
      await matches(name, { ...steps, blockSize: 2 }, { length: 2, temperature: 0.3, runs: 20 });
    });

    it('below temperature 1', async () => {
      await matches(name, { ...otherSteps, blockSize: 3 }, { length: 4, temperature: 0.5 });
    });

    it('at temperature 0, where it is greedy', async () => {
      const rows = { length: 5, temperature: 0 };
      if (manifest.maskId !== null) expect(autoregression(manifest, rows).size).toBe(1);
      await matches(name, { ...otherSteps, blockSize: 3 }, rows);
    });

    it('where rows end inside a draft, at its end and behind it', async () => {
      await matches(name, { ...otherSteps, blockSize: 2 }, { length: 6, prompt: [1, 0] }, 0);
    });

    it('around given tokens', async () => {
      const template = [1, null, 2, null, null, 0];
      await matches(name, { ...otherSteps, blockSize: 2 }, { length: 6, prompt: [1], template });
      await matches(name, { ...steps, blockSize: 4 }, { length: 6, prompt: [1], template: template.slice(0, 3) }, 0);
    });
  });
});
