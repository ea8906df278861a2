import fc from 'fast-check';
import { lastValueFrom, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { RunRequest } from '../../src/runtime/request.js';
import { run, type RunnablePipeline } from '../../src/runtime/run.js';
import { absorbingManifest, uniformManifest } from '../support/context.js';
import { check, pipeline, readDocument } from '../support/pipelines.js';
import { namesOn, sourceOf } from '../support/small.js';
import { lumpyDenoiser, type TableDenoiser } from '../support/table-denoiser.js';

const wide = { ...absorbingManifest, length: 14, vocabularySize: 40, maskId: 39, blockSizes: null };
const wideUniform = { ...uniformManifest, length: 14, vocabularySize: 40, blockSizes: null };

async function tokensOf(
  sampler: RunnablePipeline,
  denoiser: TableDenoiser,
  request: Omit<RunRequest, 'model'>,
): Promise<readonly (readonly number[])[]> {
  const last = await lastValueFrom(run(sampler, { model: { denoiser, tokenizer: null }, ...request }));
  if (last.type !== 'finished') throw new Error(JSON.stringify(last));
  return last.rows.map((row) => row.tokens);
}

/** The same document with the keys of every object in another order. */
function shuffled(value: unknown, random: () => number): unknown {
  if (Array.isArray(value)) return value.map((each) => shuffled(each, random));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, each]) => ({ key, each, order: random() }))
      .sort((a, b) => a.order - b.order)
      .map(({ key, each }) => [key, shuffled(each, random)]),
  );
}

describe.each([wide, wideUniform])('the tokens of a run on $process noise', (manifest) => {
  const names = namesOn(manifest);

  it.each(names)('%s: are those of the run alone, beside seven others of any kind', async (name) => {
    const request = { seed: 5, rows: 2, ...sourceOf(name, manifest.length) };
    const alone = await tokensOf(pipeline(name), lumpyDenoiser(manifest), request);
    const shared = lumpyDenoiser(manifest);
    const others = names
      .slice(0, 7)
      .map((other, i) =>
        tokensOf(pipeline(other), shared, { seed: i, rows: 1 + (i % 3), length: 6 + i, ...sourceOf(other, 6 + i) }),
      );
    const beside = await tokensOf(pipeline(name), shared, request);
    await Promise.all(others);
    expect(beside).toEqual(alone);
    expect(Math.max(...shared.batches)).toBeGreaterThan(2);
    expect(shared.live).toBe(0);
  });

  it('do not depend on the order of anything in the document', async () => {
    const written = await tokensOf(pipeline('arpc'), lumpyDenoiser(manifest), { seed: 3 });
    await fc.assert(
      fc.asyncProperty(fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })), async (stream) => {
        const random = (): number => Number(stream.next().value);
        const again = check(shuffled(readDocument('arpc'), random));
        expect(await tokensOf(again, lumpyDenoiser(manifest), { seed: 3 })).toEqual(written);
      }),
      { numRuns: 10 },
    );
  });

  it('do not depend on how many rows there are, or on the lengths of other rows', async () => {
    const denoiser = lumpyDenoiser(manifest);
    const two = await tokensOf(pipeline('arpc'), denoiser, { seed: 8, rows: 2 });
    const five = await tokensOf(pipeline('arpc'), denoiser, { seed: 8, rows: 5 });
    expect(five.slice(0, 2)).toEqual(two);
    const prompts = [[], [1], [2, 3, 4, 5, 6]];
    const mixed = await tokensOf(pipeline('arpc'), denoiser, { seed: 8, prompts });
    expect(mixed[0]).toEqual(two[0]);
    expect(mixed[2]?.slice(0, 5)).toEqual([2, 3, 4, 5, 6]);
  });

  it('differ between seeds and between rows', async () => {
    const denoiser = lumpyDenoiser(manifest);
    const [a, b] = await tokensOf(pipeline('arpc'), denoiser, { seed: 1, rows: 2 });
    const [c] = await tokensOf(pipeline('arpc'), denoiser, { seed: 2 });
    expect(a).not.toEqual(b);
    expect(a).not.toEqual(c);
  });
});

describe('lanes', () => {
  it('of all runs go out in one pass where they are ready together', async () => {
    const denoiser = lumpyDenoiser(wide);
    const model = { denoiser, tokenizer: null };
    const params = { steps: 4, blockSize: 7 };
    await Promise.all([1, 2, 3].map((seed) => lastValueFrom(run(pipeline('arpc'), { model, params, seed, rows: 2 }))));
    // Two blocks, four denoising and three scoring forwards each; every one of them for all six rows.
    expect(denoiser.batches).toEqual(new Array<number>(14).fill(6));
  });

  it('that end early leave the batch, and the others go on', async () => {
    const eos = { ...wide, vocabularySize: 4, maskId: 3, eosId: 2 };
    const denoiser = lumpyDenoiser(eos);
    const events = await lastValueFrom(
      run(pipeline('ar'), { model: { denoiser, tokenizer: null }, rows: 16, seed: 4 }).pipe(toArray()),
    );
    const last = events.at(-1);
    if (last?.type !== 'finished') throw new Error('it did not finish');
    const lengths = last.rows.map((row) => row.tokens.length);
    expect(new Set(lengths).size).toBeGreaterThan(1);
    for (const { tokens, ended, nfe } of last.rows) {
      expect(tokens.indexOf(2)).toBe(ended ? tokens.length - 1 : -1);
      expect(nfe.total).toBe(tokens.length);
    }
    expect(denoiser.batches).toEqual(
      Array.from({ length: Math.max(...lengths) }, (_, i) => lengths.filter((length) => length > i).length),
    );
  });
});
