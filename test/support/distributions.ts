import { expect } from 'vitest';
import type { ModelManifest } from '../../src/graph/manifest.js';
import type { RunnablePipeline } from '../../src/runtime/run.js';
import { distributionOf, type ObservationOptions } from '../../src/testing/distribution-of.js';
import { chiSquareDeviate } from './chi-square.js';
import { pipeline } from './pipelines.js';
import { lumpyDenoiser, type TableDenoiser } from './table-denoiser.js';
import { onEngine, withTable } from './under-test.js';

/**
 * Samplers on tiny models against exactly enumerated distributions. 6,000 rows a case. A deviate above 4.75
 * comes by chance once in a million cases; seeds are fixed, so that a case either passes or does not.
 */
const falseAlarm = 4.75;

/**
 * Of 2,000 rows, so many at a time: runs of 500 take less time than those of 2,000. On the engine of ONNX Runtime, where slots, masks
 * and batches are what is in question, 300 of them do.
 */
const { rows, seeds } = onEngine ? { rows: 300, seeds: 1 } : { rows: 500, seeds: 4 };

/** What to run and to count, and another model than the lumpy one. */
export interface Observation extends Omit<ObservationOptions, 'rows' | 'seeds'> {
  readonly denoiser?: TableDenoiser;
  /** How many times 2,000 rows; 3 when left out. */
  readonly runs?: number;
}

/** How often each row came out. Every handle has to be given back. */
export const observe = (
  sampler: RunnablePipeline,
  manifest: ModelManifest,
  { denoiser = lumpyDenoiser(manifest), runs = 3, ...options }: Observation,
): Promise<Map<string, number>> =>
  withTable(denoiser, (model) =>
    distributionOf(sampler, { denoiser: model, tokenizer: null }, { ...options, rows, seeds: runs * seeds }),
  );

/** Holds a sampler (a shipped pipeline, by its name, or any other) against the exact distribution of its rows. */
export async function agree(
  sampler: string | RunnablePipeline,
  manifest: ModelManifest,
  request: Observation,
  expected: ReadonlyMap<string, number>,
): Promise<void> {
  const runnable = typeof sampler === 'string' ? pipeline(sampler) : sampler;
  const observed = await observe(runnable, manifest, request);
  if (expected.size === 1) {
    expect([...observed.keys()]).toEqual([...expected.keys()]);
    return;
  }
  const { deviate, degrees } = chiSquareDeviate(observed, expected);
  expect(degrees).toBeGreaterThanOrEqual(1);
  expect(deviate).toBeLessThan(falseAlarm);
}

/** Positions that get noise again on the way to alpha_s: max(1, round((1 - alpha_s) L')), half to even. */
export function renoisedCount(alphaS: number, blockSize: number): number {
  const exact = (1 - alphaS) * blockSize;
  const down = Math.floor(exact);
  const half = exact - down === 0.5;
  return Math.max(1, half ? down + (down % 2) : Math.round(exact));
}

/** Every order of the positions by `key`, low before high: those with equal keys stand in any order, each as likely. */
export function orders(positions: readonly number[], key: (position: number) => number): number[][] {
  if (positions.length === 0) return [[]];
  const lowest = Math.min(...positions.map(key));
  return positions
    .filter((position) => key(position) === lowest || key(position) - lowest < 1e-9)
    .flatMap((first) =>
      orders(
        positions.filter((position) => position !== first),
        key,
      ).map((rest) => [first, ...rest]),
    );
}

/** The `count` positions with the highest scores: one choice for each order of equal ones. */
export const worst = (scores: readonly number[], count: number): number[][] =>
  orders(
    scores.map((_, i) => i),
    (i) => -(scores[i] ?? 0),
  ).map((order) => order.slice(0, count));

/** A row of the tiny model as a prediction is: no mass on the mask id. */
export const withoutMask = (row: readonly number[], { maskId }: ModelManifest): number[] => {
  if (maskId === null) return [...row];
  const rest = 1 - (row[maskId] ?? 0);
  return row.map((p, v) => (v === maskId ? 0 : p / rest));
};

/** In nats. */
export const entropy = (row: readonly number[]): number =>
  row.reduce((sum, p) => (p > 0 ? sum - p * Math.log(p) : sum), 0);
