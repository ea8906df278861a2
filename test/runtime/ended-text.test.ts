import { lastValueFrom, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { run } from '../../src/runtime/run.js';
import { absorbingManifest, uniformManifest } from '../support/context.js';
import { check, pipeline } from '../support/pipelines.js';
import { lumpyDenoiser } from '../support/table-denoiser.js';

const eosId = 2;
const length = 12;
const rows = 40;

/** A generator, and a sampler that goes over its text, whatever became of it. */
const twice = (use: string) =>
  check({
    format: 1,
    name: 'twice',
    inputs: { canvas: 'canvas', cache: 'cache' },
    nodes: {
      write: {
        ...{ kind: 'graph', use: './block-ancestral.json', draft: true },
        ...{ in: { canvas: 'input.canvas', cache: 'input.cache' }, params: { blockSize: 4, steps: 2 } },
      },
      again: {
        ...{ kind: 'graph', use, in: { canvas: 'input.canvas', source: 'write.canvas', cache: 'write.cache' } },
        params: { blockSize: 4, steps: 2 },
      },
    },
    outputs: { canvas: 'again.canvas' },
  });

const samplers = [
  { name: 'refine', graph: twice('./refine.json').graph, params: {} },
  { name: 'edit', graph: twice('./edit.json').graph, params: {} },
  { name: 'self-refine', ...pipeline('self-refine'), params: { blockSize: 4, steps: 2, passes: 2, passSteps: 1 } },
];
const manifests = [absorbingManifest, uniformManifest];

describe('a text that ended before its row was full', () => {
  it.each(
    samplers.flatMap((sampler) => manifests.map((manifest) => ({ ...sampler, manifest, process: manifest.process }))),
  )('is gone over up to its end by $name, on $process noise', async ({ graph, params, manifest }) => {
    const denoiser = lumpyDenoiser({ ...manifest, eosId });
    const request = { model: { denoiser, tokenizer: null }, params, length, rows, seed: 5 };
    const events = await lastValueFrom(run({ graph }, request).pipe(toArray()));
    const last = events.at(-1);
    if (last?.type !== 'finished') throw new Error('no finish');
    const written = new Array<number>(rows).fill(0);
    for (const event of events) {
      if (event.type === 'drafted' && event.node.startsWith('write/')) {
        written[event.row] = event.start + event.tokens.length;
      }
    }
    expect(written.filter((count) => count < length).length).toBeGreaterThan(rows / 4);
    // A row is full or has ended; one that had ended may end earlier, never later.
    expect(last.rows.some(({ row, tokens }) => tokens.length < (written[row] ?? 0))).toBe(true);
    for (const { row, tokens, ended } of last.rows) {
      expect(tokens.length).toBeLessThanOrEqual(written[row] ?? 0);
      expect(ended).toBe(tokens.at(-1) === eosId);
      if (!ended) expect(tokens).toHaveLength(length);
    }
    expect(denoiser.live).toBe(0);
  });
});
