import fc from 'fast-check';
import { lastValueFrom, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/graph/input-error.js';
import type { ModelManifest } from '../../src/graph/manifest.js';
import type { GivenTokens } from '../../src/graph/values.js';
import type { RunEvent } from '../../src/runtime/events.js';
import type { RunRequest } from '../../src/runtime/request.js';
import { run } from '../../src/runtime/run.js';
import { absorbingManifest, uniformManifest } from '../support/context.js';
import { pipeline, pipelineNames } from '../support/pipelines.js';
import { lumpyDenoiser } from '../support/table-denoiser.js';

const longest = 12;
const token = fc.nat(3);

/** Rows with holes anywhere, at least one. */
const cases = fc
  .record({
    given: fc.array(fc.option(token, { freq: 2 }), { minLength: 1, maxLength: longest - 1 }),
    more: fc.nat(4),
    source: fc.array(token, { minLength: longest, maxLength: longest }),
    steps: fc.integer({ min: 1, max: 3 }),
    blockSize: fc.integer({ min: 1, max: 5 }),
    arTokens: fc.nat(6),
    seed: fc.nat(1000),
  })
  .map(({ given, more, ...rest }) => {
    const open = given.includes(null) ? more : more + 1;
    return { given, length: Math.min(longest, given.length + open), ...rest };
  });

type Case = typeof cases extends fc.Arbitrary<infer T> ? T : never;

interface Outcome {
  readonly events: readonly RunEvent[];
  readonly calls: readonly { readonly start: number; readonly cached: readonly number[] }[];
}

/** One row of a pipeline on a tiny model; null where a node objects to the model. */
async function decode(name: string, manifest: ModelManifest, each: Case): Promise<Outcome | null> {
  const denoiser = lumpyDenoiser(manifest);
  const calls: { start: number; cached: readonly number[] }[] = [];
  denoiser.beforePass = (passed) => {
    for (const call of passed) {
      const { start } = call.call === 'denoise' ? call.block : call.draft;
      calls.push({ start, cached: call.cache.tokens });
    }
  };
  const { graph } = pipeline(name);
  const { given, length, source, seed, ...settings } = each;
  const params = Object.fromEntries(
    // In `ar` the number of tokens is what is asked for, not where another sampler goes on.
    Object.entries(settings).filter(([param]) => param in graph.params && !(name === 'ar' && param === 'arTokens')),
  );
  const request: RunRequest = {
    model: { denoiser, tokenizer: null },
    params,
    template: [given],
    length,
    seed,
    ...(graph.inputs.some((input) => input.name === 'source') ? { source: source.slice(0, length) } : {}),
  };
  try {
    const events = await lastValueFrom(run({ graph }, request).pipe(toArray()));
    expect(denoiser.live).toBe(0);
    return { events, calls };
  } catch (error) {
    if (error instanceof InputError && /noise|causal|bidirectional/.test(error.message)) return null;
    throw error;
  }
}

function finishedRow(events: readonly RunEvent[]) {
  const last = events.at(-1);
  if (last?.type !== 'finished') throw new Error(JSON.stringify(last));
  const [row] = last.rows;
  if (row === undefined) throw new Error('no row');
  return { row, statistics: last.statistics };
}

/** Wherever a block is shown, given tokens are in their places. */
function expectKept(events: readonly RunEvent[], template: GivenTokens): void {
  for (const event of events) {
    if (event.type !== 'step' && event.type !== 'remasked' && event.type !== 'committed') continue;
    event.tokens.forEach((each, i) => {
      expect(template[event.start + i] ?? each).toBe(each);
    });
  }
}

const manifests = [absorbingManifest, uniformManifest].flatMap((manifest) => [
  { manifest: { ...manifest, blockSizes: null }, title: `${manifest.process} noise` },
  {
    manifest: { ...manifest, blockSizes: null, causality: 'block-causal' as const },
    title: `${manifest.process} noise, blocks on the grid`,
  },
]);

describe.each(manifests)('rows with given tokens, $title', ({ manifest }) => {
  it.each(pipelineNames)('%s keeps what is given and writes all the rest', async (name) => {
    await fc.assert(
      fc.asyncProperty(cases, async (each) => {
        const outcome = await decode(name, manifest, each);
        if (outcome === null) return;
        const { given, length } = each;
        const { events, calls } = outcome;
        const { row, statistics } = finishedRow(events);
        const open = given.indexOf(null);
        const promptLength = open < 0 ? given.length : open;
        expect(row.tokens).toHaveLength(length);
        for (const written of row.tokens) {
          expect(written).toBeGreaterThanOrEqual(0);
          expect(written).toBeLessThan(manifest.vocabularySize);
          expect(written).not.toBe(manifest.maskId);
        }
        const behind = given.flatMap((each, i) => (each !== null && i >= promptLength ? [i] : []));
        given.forEach((each, i) => {
          expect(row.tokens[i]).toBe(each ?? row.tokens[i]);
        });
        expect(row).toMatchObject({ promptLength, given: behind, ended: false });
        expect(statistics.tokens).toBe(length - promptLength - behind.length);
        const committed = events.filter((event) => event.type === 'committed');
        let next = promptLength;
        for (const { start, tokens } of committed) {
          expect(start).toBe(next);
          next += tokens.length;
        }
        expect(committed.flatMap(({ tokens }) => tokens)).toEqual(row.tokens.slice(promptLength));
        expectKept(events, given);
        // The cache stands for exactly the text before a block, what was taken along included.
        for (const { start, cached } of calls) {
          expect(cached).toHaveLength(start);
          given.slice(0, start).forEach((each, i) => {
            expect(cached[i]).toBe(each ?? cached[i]);
          });
        }
      }),
      { numRuns: 15 },
    );
  });
});

describe('the end of a sequence', () => {
  const eosId = 1;

  it.each(pipelineNames)('that %s writes ends a row only behind all that is given', async (name) => {
    let ended = 0;
    await fc.assert(
      fc.asyncProperty(cases, fc.constantFrom(absorbingManifest, uniformManifest), async (each, manifest) => {
        const outcome = await decode(name, { ...manifest, blockSizes: null, eosId }, each);
        if (outcome === null) return;
        const { given, length } = each;
        const { row } = finishedRow(outcome.events);
        given.forEach((each, i) => {
          expect(row.tokens[i]).toBe(each ?? row.tokens[i]);
        });
        const last = given.findLastIndex((each) => each !== null);
        const end = row.tokens.findIndex((each, i) => each === eosId && i > last);
        expect(row.ended).toBe(end >= 0);
        expect(row.tokens).toHaveLength(end >= 0 ? end + 1 : length);
        expect(row.given).toEqual(given.flatMap((each, i) => (each !== null && i >= row.promptLength ? [i] : [])));
        ended += Number(row.ended);
      }),
      { numRuns: 40 },
    );
    expect(ended).toBeGreaterThan(0);
  });
});
