import { describe, it } from 'vitest';
import { absorbingManifest, uniformManifest } from '../../support/context.js';
import { agree, withoutMask } from '../../support/distributions.js';
import { enumerateRows } from '../../support/oracle.js';
import { lumpyDenoiser } from '../../support/table-denoiser.js';

type Row = readonly number[];
interface Cuts {
  readonly temperature?: number;
  readonly topK?: number;
  readonly p?: number;
  readonly minP?: number;
}

const normalised = (row: Row): number[] => {
  const sum = row.reduce((a, b) => a + b, 0);
  return row.map((p) => p / sum);
};

/** The `count` most probable tokens; no two of the tiny models' are equal. */
const largest = (row: Row, count: number): number[] => {
  const border = [...row].sort((a, b) => b - a)[count - 1] ?? 0;
  return normalised(row.map((p) => (p >= border ? p : 0)));
};

/** Temperature, top-k, nucleus, min-p, one after the other, from their definitions. */
function cut(row: Row, { temperature = 1, topK = row.length, p = 1, minP = 0 }: Cuts): number[] {
  const sharp =
    temperature === 0 ? row.map((x) => (x === Math.max(...row) ? 1 : 0)) : row.map((x) => x ** (1 / temperature));
  const top = largest(normalised(sharp), topK);
  const descending = [...top].sort((a, b) => b - a);
  const held = descending.map((_, i) => descending.slice(0, i + 1).reduce((a, b) => a + b, 0));
  const nucleus = largest(top, p === 1 ? row.length : held.findIndex((mass) => mass >= p) + 1);
  return normalised(nucleus.map((x) => (x >= minP * Math.max(...nucleus) ? x : 0)));
}

const all: Cuts = { temperature: 2, topK: 3, p: 0.8, minP: 0.3 };

describe.each([
  { ...absorbingManifest, length: 4, blockSizes: null },
  { ...uniformManifest, vocabularySize: 4, length: 4, blockSizes: null },
])('truncated on $process noise', (manifest) => {
  const { vocabularySize: vocabulary, maskId } = manifest;
  const { tiny } = lumpyDenoiser(manifest);
  const exact = (cuts: Cuts, shape: { steps: number; blockSize: number; length: number }): Map<string, number> =>
    enumerateRows({
      vocabulary,
      maskId,
      eps: 0,
      model: (prefix, noisy) => tiny(prefix, noisy).map((row) => cut(withoutMask(row, manifest), cuts)),
      ...shape,
    });

  it.each<Cuts>([{}, { temperature: 0 }, all])('is exact by default, token by token: %o', async (params) => {
    const rows = exact(params, { steps: 1, blockSize: 1, length: 2 });
    await agree('truncated', manifest, { params: { ...params }, length: 2 }, rows);
  });

  it.each<Cuts>([{ p: 0.7 }, all])('is exact block by block: %o', async (cuts) => {
    const rows = exact(cuts, { steps: 2, blockSize: 2, length: 2 });
    await agree('truncated', manifest, { params: { ...cuts, steps: 2, blockSize: 2 }, length: 2 }, rows);
  });
});
