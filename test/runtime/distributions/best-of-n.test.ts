import { lastValueFrom, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { ModelManifest } from '../../../src/graph/manifest.js';
import { run } from '../../../src/runtime/run.js';
import { absorbingManifest, uniformManifest } from '../../support/context.js';
import { agree, withoutMask } from '../../support/distributions.js';
import { enumerateRows } from '../../support/oracle.js';
import { check, pipeline, readDocument } from '../../support/pipelines.js';
import { consistentDenoiser, lumpyDenoiser, TableDenoiser } from '../../support/table-denoiser.js';

/** A candidate: its text, its mean nats a token under AR, and how probable it is. */
interface Outcome {
  readonly tokens: readonly number[];
  readonly nats: number;
  readonly probability: number;
}

/** Every text of the generator (one step a block), with every noise that its AR score may be taken at. */
function outcomes(manifest: ModelManifest, shape: { blockSize: number; length: number }, prefix: readonly number[]) {
  const { vocabularySize: vocabulary, maskId, eosId } = manifest;
  const { tiny: model } = lumpyDenoiser(manifest);
  const texts = new Map<string, number>();
  for (const [row, p] of enumerateRows({ vocabulary, maskId, model, eps: 1e-3, steps: 1, prefix, ...shape })) {
    const tokens = row.split(' ').map(Number);
    const end = tokens.findIndex((token) => token === eosId);
    const text = tokens.slice(0, end < 0 ? tokens.length : end + 1).join(' ');
    texts.set(text, (texts.get(text) ?? 0) + p);
  }
  const probes = maskId === null ? Array.from({ length: vocabulary }, (_, v) => v) : [maskId];
  return [...texts].flatMap(([text, probability]) => {
    const tokens = text.split(' ').map(Number);
    return tokens.reduce<readonly Outcome[]>(
      (partial, token, i) => {
        const nll = (probe: number): number => {
          const row = withoutMask(model([...prefix, ...tokens.slice(0, i)], [probe])[0] ?? [], manifest);
          return -Math.log(row[token] ?? 0);
        };
        return partial.flatMap(({ nats, ...outcome }) =>
          probes.map((probe) => ({
            ...outcome,
            nats: nats + nll(probe) / tokens.length,
            probability: outcome.probability / probes.length,
          })),
        );
      },
      [{ tokens, nats: 0, probability }],
    );
  });
}

/** The first of the best of n independent candidates. */
function best(all: readonly Outcome[], n: number): Map<string, number> {
  const chosen = new Map<string, number>();
  for (const { tokens, nats, probability } of all) {
    const worse = all.reduce((sum, other) => (other.nats > nats ? sum + other.probability : sum), 0);
    const notBetter = all.reduce((sum, other) => (other.nats >= nats ? sum + other.probability : sum), 0);
    let p = 0;
    for (let first = 0; first < n; first++) p += probability * worse ** first * notBetter ** (n - 1 - first);
    const key = tokens.join(' ');
    chosen.set(key, (chosen.get(key) ?? 0) + p);
  }
  return chosen;
}

describe.each<ModelManifest>([
  { ...absorbingManifest, vocabularySize: 4, maskId: 3, length: 6, blockSizes: null },
  { ...uniformManifest, vocabularySize: 3, length: 6, blockSizes: null },
])('best-of-n on $process noise', (manifest) => {
  it.each([
    { n: 1, blockSize: 2, length: 3 },
    { n: 2, blockSize: 2, length: 3 },
    { n: 3, blockSize: 3, length: 3 },
  ])('is exact: $n candidates in blocks of $blockSize', async ({ n, ...shape }) => {
    const expected = best(outcomes(manifest, shape, []), n);
    const params = { n, steps: 1, blockSize: shape.blockSize };
    const denoiser = consistentDenoiser(manifest);
    await agree('best-of-n', manifest, { params, length: shape.length, denoiser, runs: 2 }, expected);
  });

  it('weighs rows that end early by their own length, behind a prompt', async () => {
    const ending = { ...manifest, eosId: 0 };
    const prompt = [1, 0];
    const expected = best(outcomes(ending, { blockSize: 2, length: 3 }, prompt), 3);
    const params = { n: 3, steps: 1, blockSize: 2 };
    const denoiser = consistentDenoiser(ending);
    await agree('best-of-n', ending, { params, length: 5, prompt, denoiser, runs: 4 }, expected);
  });

  it('takes the first of equals, and streams the one that it has chosen', async () => {
    const { tiny } = lumpyDenoiser(manifest);
    const known = manifest.vocabularySize - (manifest.maskId === null ? 0 : 1);
    const flat = new Array<number>(manifest.vocabularySize).fill(1 / known);
    for (const [judge, chosen] of [
      [() => flat, 0],
      // The text that begins with the highest token wins.
      [(prefix: readonly number[]) => (prefix.length > 0 ? flat : flat.map((_, v) => 2 ** v)), null],
    ] as const) {
      const denoiser = new TableDenoiser(manifest, tiny, judge);
      const model = { denoiser, tokenizer: null };
      const params = { n: 4, steps: 2, blockSize: 2 };
      const events = await lastValueFrom(run(pipeline('best-of-n'), { model, params, seed: 5 }).pipe(toArray()));
      const candidates: string[] = [];
      for (const event of events) {
        if (event.type !== 'drafted') continue;
        if (event.start === 0) candidates.push('');
        candidates.push(`${candidates.pop() ?? ''}${event.tokens.join('')}`);
      }
      expect(candidates).toHaveLength(4);
      expect(new Set(candidates).size).toBeGreaterThan(1);
      const index =
        chosen ??
        candidates.findIndex((text) => text.startsWith(String(Math.max(...candidates.map((each) => Number(each[0]))))));
      const commits = events.flatMap((event) => (event.type === 'committed' ? [event.tokens.join('')] : []));
      expect(commits).toEqual([candidates[index]]);
      expect(events.at(-1)).toMatchObject({
        type: 'finished',
        rows: [{ tokens: [...(candidates[index] ?? '')].map(Number) }],
        // Three blocks of two steps for each candidate, and one AR forward that judges it.
        statistics: { nfe: { diffusion: 24, ar: 4, total: 28 } },
      });
      expect(denoiser.live).toBe(0);
    }
  });

  it('takes any other generator', async () => {
    const document = JSON.stringify(readDocument('best-of-n'));
    expect(document).toContain('"use":"./block-ancestral.json","draft":true');
    const swapped = document
      .replace('./block-ancestral.json', './speculative.json')
      .replace(/"params":\{"steps":\{"\$param":"steps"\}.*?\}\}/, '"params":{"blockSize":3}');
    const denoiser = consistentDenoiser(manifest);
    const model = { denoiser, tokenizer: null };
    const events = await lastValueFrom(run(check(JSON.parse(swapped)), { model, params: { n: 3 } }).pipe(toArray()));
    expect(events.at(-1)?.type).toBe('finished');
    expect(events.filter(({ type }) => type === 'committed')).toHaveLength(1);
    expect(denoiser.live).toBe(0);
  });
});
