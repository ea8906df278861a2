import { lastValueFrom } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { defineNode } from '../../src/graph/node-definition.js';
import { standardNodes } from '../../src/nodes/standard.js';
import { run } from '../../src/runtime/run.js';
import { absorbingManifest, uniformManifest } from '../support/context.js';
import { check, pipelineNames, readDocument } from '../support/pipelines.js';
import { lumpyDenoiser } from '../support/table-denoiser.js';

const given = (position: number): number => position % 3;

/** A block in which every token is given. */
const giveAll = defineNode({
  kind: 'give-all',
  summary: 'Fixes every position of a block.',
  inputs: { block: 'block' },
  outputs: { block: 'block' },
  params: {},
  step: ({ inputs: { block } }) => ({
    block: {
      ...block,
      tokens: block.tokens.map((_, i) => given(block.start + i)),
      fixed: block.tokens.map(() => true),
    },
  }),
});
const registry = standardNodes.with([giveAll]);

/** The document with `give-all` behind the node that opens its blocks; null where it has no such place. */
function givenWhole(name: string): unknown {
  const text = JSON.stringify(readDocument(name));
  const open = '"open":{"kind":"next-block"';
  if (!text.includes(open)) return null;
  const inserted = '"given":{"kind":"give-all","in":{"block":"open.block"}}';
  return JSON.parse(text.replaceAll('"open.block"', '"given.block"').replace(open, `${inserted},${open}`));
}

const manifests = [absorbingManifest, uniformManifest];
const cases = pipelineNames.flatMap((name) => {
  const document = givenWhole(name);
  // Speculative decoding goes beyond its block.
  if (document === null || JSON.stringify(document).includes('extend-block')) return [];
  return manifests
    .filter(({ maskId }) => maskId !== null || !JSON.stringify(document).includes('jump-time'))
    .map((manifest) => ({ name, document, manifest, process: manifest.process }));
});

describe('a block with nothing open', () => {
  it.each(cases)('goes through $name as it is, on $process noise', async ({ document, manifest }) => {
    const denoiser = lumpyDenoiser({ ...manifest, blockSizes: null });
    const { graph } = check(document, registry);
    const length = 8;
    const row = Array.from({ length }, (_, i) => given(i));
    const request = {
      model: { denoiser, tokenizer: null },
      params: 'blockSize' in graph.params ? { blockSize: 3 } : {},
      length,
      ...(graph.inputs.some(({ name }) => name === 'source') ? { source: row } : {}),
    };
    const last = await lastValueFrom(run({ graph }, request));
    expect(last).toMatchObject({ type: 'finished', rows: [{ tokens: row }] });
    expect(denoiser.live).toBe(0);
  });
});
