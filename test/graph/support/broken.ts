import { expect, test } from 'vitest';
import { checkPipeline } from '../../../src/graph/check.js';
import { formatFault } from '../../../src/graph/fault.js';
import { testRegistry } from './nodes.js';
import { sampleDocument } from './sample.js';

type Draft = ReturnType<typeof sampleDocument>;

/** What is broken, how, and every fault that has to be found, in order. */
export type BrokenCase = readonly [name: string, breakIt: (draft: Draft) => void, faults: readonly string[]];

// Places in the sample that are broken often.
export const body = (d: Draft) => d.nodes.blocks.body;
export const step = (d: Draft) => body(d).steps.body;
export const branch = (d: Draft) => step(d).guided.else;
export const use = (d: Draft) => step(d).guided.then.nodes.inner;

export function faultsOf(value: unknown): readonly string[] {
  const outcome = checkPipeline(value, testRegistry);
  return outcome.ok ? [] : outcome.faults.map(formatFault);
}

/** Breaks the sample in each of these ways and expects exactly these faults. */
export function testBroken(cases: readonly BrokenCase[]): void {
  test('the sample is valid before it is broken', () => {
    expect(faultsOf(sampleDocument())).toEqual([]);
  });

  test.each(cases)('%s', (_, breakIt, faults) => {
    const draft = sampleDocument();
    breakIt(draft);
    expect(faultsOf(draft)).toEqual(faults);
  });
}
