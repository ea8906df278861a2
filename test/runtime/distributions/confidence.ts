import { expect, it } from 'vitest';
import type { ModelManifest } from '../../../src/graph/manifest.js';
import type { RowResult } from '../../../src/runtime/events.js';
import type { TinyModel } from '../../../src/testing/oracle.js';
import { absorbingManifest, uniformManifest } from '../../support/context.js';
import { enumerateDecisions, type Decision, type DecisionSampler } from '../../support/decision-oracle.js';
import { agree, entropy, orders } from '../../support/distributions.js';
import { lumpy, lumpyDenoiser, TableDenoiser } from '../../support/table-denoiser.js';

export type Choose = DecisionSampler['choose'];
type Shape = Pick<DecisionSampler, 'blockSize' | 'length'> & Partial<DecisionSampler>;

export const absorbing: ModelManifest = {
  ...absorbingManifest,
  vocabularySize: 4,
  maskId: 3,
  length: 4,
  blockSizes: null,
};
export const uniform: ModelManifest = { ...uniformManifest, vocabularySize: 3, length: 4, blockSizes: null };

/** Rows together with their NFE. */
const keyOf = ({ tokens, nfe }: RowResult): string => `${tokens.join(' ')} / ${String(nfe.total)}`;

export function exact(manifest: ModelManifest, choose: Choose, shape: Shape): Map<string, number> {
  const { vocabularySize: vocabulary, maskId } = manifest;
  return enumerateDecisions({ vocabulary, maskId, model: lumpyDenoiser(manifest).tiny, choose, ...shape });
}

export async function agrees(
  name: string,
  manifest: ModelManifest,
  params: Record<string, unknown>,
  choose: Choose,
  shape: Shape,
): Promise<void> {
  const { length, blockSize, temperature = 1, given, model } = shape;
  const request = {
    params: { blockSize, temperature, ...params },
    length,
    keyOf,
    ...(given === undefined ? {} : { template: [given] }),
    ...(model === undefined ? {} : { denoiser: new TableDenoiser(manifest, model, () => []) }),
  };
  await agree(name, manifest, request, exact(manifest, choose, shape));
}

/** The `count` open positions that come first by `key`, low before high: one choice for each order of equal ones. */
const lowest = (open: readonly number[], key: (i: number) => number, count: number): number[][] =>
  orders(open, key).map((order) => order.slice(0, count));

const probability = ({ prediction, draft }: Decision, i: number): number => prediction[i]?.[draft[i] ?? 0] ?? 0;
const gap = ({ prediction }: Decision, i: number): number => {
  const [first = 0, second = 0] = [...(prediction[i] ?? [])].sort((a, b) => b - a);
  return first - second;
};
const doubt = ({ prediction }: Decision, i: number): number => entropy(prediction[i] ?? []);

/** LLaDA: what is open, shared out over the steps, the larger shares first. */
const share = (size: number, steps: number, index: number): number =>
  Math.floor(size / steps) + (index < size % steps ? 1 : 0);

const topK =
  (size: number, steps: number): Choose =>
  (decision) =>
    lowest(decision.open, (i) => -probability(decision, i), share(size, steps, decision.index));
const margins =
  (size: number, steps: number): Choose =>
  (decision) =>
    lowest(decision.open, (i) => -gap(decision, i), share(size, steps, decision.index));
const above =
  (threshold: number): Choose =>
  (decision) => {
    const sure = decision.open.filter((i) => probability(decision, i) >= threshold);
    return sure.length > 0 ? [sure] : lowest(decision.open, (i) => -probability(decision, i), 1);
  };
const bounded =
  (gamma: number, key: (decision: Decision, i: number) => number): Choose =>
  (decision) =>
    orders(decision.open, (i) => key(decision, i)).map((order) => {
      const fits = (count: number): boolean => {
        const entropies = order.slice(0, count).map((i) => doubt(decision, i));
        return entropies.reduce((a, b) => a + b, 0) - Math.max(...entropies) <= gamma;
      };
      return order.slice(0, order.findLastIndex((_, i) => i === 0 || fits(i + 1)) + 1);
    });
/** The two tokens of a coin that falls to one side more often, which side depends on the context: doubts are all equal. */
const tied: TinyModel = (prefix, noisy) =>
  noisy.map((_, i) => {
    const [first = 0, second = 0] = lumpy([...prefix, 8, ...noisy, i], 2);
    return first > second ? [0.7, 0.3, 0] : [0.3, 0.7, 0];
  });
const tiedOn = (process: ModelManifest['process']) =>
  process === 'absorbing'
    ? { manifest: { ...absorbing, vocabularySize: 3, maskId: 2 }, model: tied }
    : {
        manifest: { ...uniform, vocabularySize: 2 },
        model: ((prefix, noisy) => tied(prefix, noisy).map((row) => row.slice(0, 2))) satisfies TinyModel,
      };

/** Samplers that reveal the surest tokens first, on one kind of noise. */
export const describeConfidence = (manifest: ModelManifest): void => {
  const equal = tiedOn(manifest.process);

  it.each([
    { steps: 1, blockSize: 2, length: 2 },
    { steps: 2, blockSize: 3, length: 3 },
    { steps: 9, blockSize: 2, length: 3 },
  ])('confidence-top-k and margin are exact: $steps steps, blocks of $blockSize, $length tokens', async (shape) => {
    const { steps, blockSize, length } = shape;
    // Of a row's last block, what is left of it is shared out.
    const among = (choose: (size: number, steps: number) => Choose): Choose => {
      const sizes = [blockSize, length % blockSize];
      return (decision) => {
        const size = sizes.find((each) => each === decision.prediction.length) ?? 0;
        return choose(size, steps)(decision);
      };
    };
    await agrees('confidence-top-k', manifest, { steps }, among(topK), shape);
    await agrees('margin', manifest, { steps }, among(margins), shape);
  });

  it('take any among equals, each order as likely', async () => {
    const shape = { blockSize: 3, length: 3, model: equal.model };
    await agrees('confidence-top-k', equal.manifest, { steps: 2 }, topK(3, 2), shape);
    await agrees('margin', equal.manifest, { steps: 2 }, margins(3, 2), shape);
    await agrees('threshold', equal.manifest, { threshold: 0.8 }, above(0.8), shape);
    await agrees('entropy-bounded', equal.manifest, { gamma: 0.7 }, bounded(0.7, doubt), shape);
  });

  it.each([0, 0.3, 0.6, 1])('threshold is exact, NFE included: tokens of at least %d', async (threshold) => {
    const shape = { blockSize: threshold > 0.5 ? 3 : 2, length: 3 };
    await agrees('threshold', manifest, { threshold }, above(threshold), shape);
  });

  it('threshold takes a whole block at 0, and one token a step at 1', () => {
    const nfe = (threshold: number): Set<string | undefined> =>
      new Set(
        [...exact(manifest, above(threshold), { blockSize: 2, length: 3 }).keys()].map((key) => key.split(' / ')[1]),
      );
    expect(nfe(0)).toEqual(new Set(['2']));
    expect(nfe(1)).toEqual(new Set(['3']));
    expect(nfe(0.4).size).toBeGreaterThan(1);
  });

  const surest = ({ prediction }: Decision, i: number): number => -Math.max(...(prediction[i] ?? []));
  it.each([
    { gamma: 0, measure: 'entropy', key: doubt, blockSize: 2, length: 3 },
    { gamma: 0.7, measure: 'entropy', key: doubt, blockSize: 2, length: 4 },
    { gamma: 0.9, measure: 'confidence', key: surest, blockSize: 3, length: 3 },
    {
      gamma: 0.8,
      measure: 'margin',
      key: (decision: Decision, i: number) => -gap(decision, i),
      blockSize: 3,
      length: 3,
    },
    { gamma: 100, measure: 'entropy', key: doubt, blockSize: 2, length: 3 },
  ])('entropy-bounded is exact, NFE included: gamma $gamma by $measure', async ({ gamma, measure, key, ...shape }) => {
    await agrees('entropy-bounded', manifest, { gamma, measure }, bounded(gamma, key), shape);
  });

  it('entropy-bounded takes one token a step at gamma 0, all at once without a bound', () => {
    const nfe = (gamma: number): Set<string | undefined> => {
      const rows = exact(manifest, bounded(gamma, doubt), { blockSize: 2, length: 4 });
      return new Set([...rows.keys()].map((key) => key.split(' / ')[1]));
    };
    expect(nfe(0)).toEqual(new Set(['4']));
    expect(nfe(100)).toEqual(new Set(['2']));
    expect(nfe(0.7).size).toBeGreaterThan(1);
  });

  it('tokens are drawn at the temperature, and judged at temperature 1', async () => {
    const shape = { blockSize: 3, length: 3, temperature: 0.5 };
    await agrees('confidence-top-k', manifest, { steps: 2 }, topK(3, 2), shape);
    await agrees('margin', manifest, { steps: 2 }, margins(3, 2), shape);
    await agrees('threshold', manifest, { threshold: 0.6 }, above(0.6), shape);
    await agrees('entropy-bounded', manifest, { gamma: 0.9 }, bounded(0.9, doubt), shape);
    const greedy = { blockSize: 3, length: 3, temperature: 0 };
    await agrees('confidence-top-k', manifest, { steps: 2 }, topK(3, 2), greedy);
    await agrees('entropy-bounded', manifest, { gamma: 0.9 }, bounded(0.9, doubt), greedy);
  });

  it('given tokens are kept, never chosen, and not counted', async () => {
    const shape = { blockSize: 4, length: 4, given: [null, 1, null, 0] };
    await agrees('confidence-top-k', manifest, { steps: 2 }, topK(2, 2), shape);
    await agrees('entropy-bounded', manifest, { gamma: 0.9 }, bounded(0.9, doubt), shape);
  });
};
