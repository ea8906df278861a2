import { describe, it } from 'vitest';
import type { ModelManifest } from '../../../src/graph/manifest.js';
import { absorbingManifest, uniformManifest } from '../../support/context.js';
import { enumerateDecisions, type Decision } from '../../support/decision-oracle.js';
import { agree, orders, renoisedCount, withoutMask, worst } from '../../support/distributions.js';
import { enumerateRows, type OracleSampler } from '../../support/oracle.js';
import { lumpyDenoiser } from '../../support/table-denoiser.js';

/** Rows with holes against their exact distribution given what is given. */
const manifests: readonly ModelManifest[] = [
  { ...absorbingManifest, vocabularySize: 4, maskId: 3, length: 5, blockSizes: null },
  { ...uniformManifest, vocabularySize: 3, length: 5, blockSizes: null },
];

/** Open positions before, between and behind given ones; what is given in front is the prompt, and not in the keys. */
const given = [null, 2, null, 0, null];

/** The probability of each open position's drafted token decides which one is kept, any among equals. */
const surest = ({ open, prediction, draft }: Decision): number[][] => {
  const probability = (i: number): number => prediction[i]?.[draft[i] ?? 0] ?? 0;
  return orders(open, (i) => -probability(i)).map((order) => order.slice(0, 1));
};

describe.each(manifests)('on $process noise', (manifest) => {
  const { vocabularySize: vocabulary, maskId } = manifest;
  const { tiny: model, tinyAr } = lumpyDenoiser(manifest);
  const common = { vocabulary, maskId, model };
  const rows = (sampler: Omit<OracleSampler, 'vocabulary' | 'maskId' | 'model' | 'eps'>): Map<string, number> =>
    enumerateRows({ ...common, eps: 1e-3, ...sampler });

  it('infill is exact: one block over all that is open, the surest token first', async () => {
    const expected = enumerateDecisions({ ...common, choose: surest, blockSize: 5, length: 5, given });
    await agree('infill', manifest, { template: [given] }, withoutNfe(expected));
  });

  it.each([2, 5])('block diffusion around given tokens is exact: block size %d', async (blockSize) => {
    const params = { steps: 2, blockSize };
    const expected = rows({ ...params, length: 5, template: given });
    await agree('block-ancestral', manifest, { params, template: [given] }, expected);
  });

  it('ARPC around given tokens is exact: they are judged by nobody', async () => {
    const params = { steps: 3, blockSize: 3 };
    const template = [null, 1, null, null];
    const expected = rows({
      ...params,
      length: 4,
      template,
      corrector: ({ prefix, draft, alphaS }) => {
        const nll = draft.map((token, i) => {
          const row = withoutMask(tinyAr([...prefix, ...draft.slice(0, i)]), manifest);
          const fixed = (template[prefix.length + i] ?? null) !== null;
          return fixed ? -Infinity : -Math.log(Math.fround(row[token] ?? 0));
        });
        const open = nll.filter((score) => score !== -Infinity).length;
        return worst(nll, Math.min(open, renoisedCount(alphaS, draft.length)));
      },
    });
    await agree('arpc', manifest, { params, template: [template] }, expected);
  });
});

/** The decision oracle's keys tell the forwards as well. */
function withoutNfe(expected: ReadonlyMap<string, number>): Map<string, number> {
  const rowsOnly = new Map<string, number>();
  for (const [key, p] of expected) {
    const row = key.split(' / ')[0] ?? key;
    rowsOnly.set(row, (rowsOnly.get(row) ?? 0) + p);
  }
  return rowsOnly;
}
