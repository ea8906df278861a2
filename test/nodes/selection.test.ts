import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Block } from '../../src/graph/values.js';
import {
  except,
  noneLeft,
  openPositions,
  revealCount,
  selectBest,
  selectConfident,
  selectEntropyBound,
  selectWorst,
} from '../../src/nodes/index.js';
import { absorbingManifest, nodeContext } from '../support/context.js';

const context = nodeContext(absorbingManifest);

/** Scores with many ties, and the positions to choose among. */
const scored = fc
  .array(fc.record({ score: fc.integer({ min: -3, max: 3 }), held: fc.boolean() }), { minLength: 1, maxLength: 9 })
  .map((cells) => ({ scores: cells.map(({ score }) => score), among: cells.map(({ held }) => held) }));

const indices = (positions: readonly boolean[]): number[] => positions.flatMap((held, i) => (held ? [i] : []));
const without = (positions: readonly boolean[], other: readonly boolean[]): number[] =>
  indices(positions).filter((i) => other[i] !== true);

/** Everything chosen is among what may be chosen, and goes before everything that was left. */
function expectFirst(
  chosen: readonly boolean[],
  among: readonly boolean[],
  goesBefore: (i: number, j: number) => boolean,
): void {
  expect(chosen).toHaveLength(among.length);
  for (const i of indices(chosen)) {
    expect(among[i]).toBe(true);
    for (const j of without(among, chosen)) expect(goesBefore(i, j)).toBe(true);
  }
}

describe('sets of positions', () => {
  it('open-positions gives what is not fixed', () => {
    const block: Block = { start: 3, size: 4, tokens: [0, 1, 2], fixed: [true, false, true] };
    expect(openPositions.step({ inputs: { block }, params: {}, context }).positions).toEqual([false, true, false]);
  });

  it('except takes away, none-left says when all is gone', () => {
    const positions = [true, true, false, false];
    const rest = except.step({ inputs: { positions, other: [true, false, true, false] }, params: {}, context });
    expect(rest.positions).toEqual([false, true, false, false]);
    const none = (left: readonly boolean[]): boolean =>
      noneLeft.step({ inputs: { positions: left }, params: {}, context }).none;
    expect([none(rest.positions), none([false, false]), none([])]).toEqual([false, true, true]);
  });
});

describe.each([
  { name: 'select-worst', node: selectWorst, sign: -1 },
  { name: 'select-best', node: selectBest, sign: 1 },
])('$name', ({ node, sign }) => {
  it('takes so many from one end of the scores, the first among equals', () => {
    fc.assert(
      fc.property(scored, fc.nat(10), ({ scores, among }, count) => {
        const { positions } = node.step({ inputs: { scores, among, count }, params: {}, context });
        expect(indices(positions)).toHaveLength(Math.min(count, indices(among).length));
        expectFirst(positions, among, (i, j) => {
          const difference = sign * ((scores[i] ?? 0) - (scores[j] ?? 0));
          return difference < 0 || (difference === 0 && i < j);
        });
      }),
    );
  });
});

describe('select-confident', () => {
  const select = (scores: readonly number[], among: readonly boolean[], threshold: number): readonly boolean[] =>
    selectConfident.step({ inputs: { scores, among }, params: { threshold }, context }).positions;

  it('takes what reaches the threshold, and the best one in any case', () => {
    fc.assert(
      fc.property(scored, fc.integer({ min: -4, max: 4 }), ({ scores, among }, threshold) => {
        const positions = select(scores, among, threshold);
        const reaching = among.map((held, i) => held && -(scores[i] ?? 0) >= threshold);
        if (reaching.includes(true)) expect(positions).toEqual(reaching);
        else {
          expect(indices(positions)).toHaveLength(among.includes(true) ? 1 : 0);
          expectFirst(positions, among, (i, j) => {
            const difference = (scores[i] ?? 0) - (scores[j] ?? 0);
            return difference < 0 || (difference === 0 && i < j);
          });
        }
      }),
    );
  });

  it('counts a confidence that is the threshold exactly', () => {
    expect(select([-0.9, -0.8999, -1], [true, true, true], 0.9)).toEqual([true, false, true]);
  });
});

describe('select-entropy-bound', () => {
  const entropies = fc.array(
    fc.record({ entropy: fc.nat(8), score: fc.integer({ min: -3, max: 3 }), held: fc.boolean() }),
    {
      minLength: 1,
      maxLength: 9,
    },
  );
  const bound = (all: readonly number[]): number => all.reduce((a, b) => a + b, 0) - Math.max(0, ...all);

  it('takes the longest run of the best whose entropies but the largest sum to at most gamma', () => {
    fc.assert(
      fc.property(entropies, fc.nat(20), (cells, gamma) => {
        // Quarters add up without rounding.
        const entropy = cells.map((cell) => cell.entropy / 4);
        const scores = cells.map(({ score }) => score);
        const among = cells.map(({ held }) => held);
        const { positions } = selectEntropyBound.step({
          inputs: { scores, entropy, among },
          params: { gamma: gamma / 4 },
          context,
        });
        const goesBefore = (i: number, j: number): boolean =>
          (scores[i] ?? 0) < (scores[j] ?? 0) || (scores[i] === scores[j] && i < j);
        expectFirst(positions, among, goesBefore);
        const chosen = indices(positions);
        expect(bound(chosen.map((i) => entropy[i] ?? 0))).toBeLessThanOrEqual(gamma / 4);
        if (among.includes(true)) expect(chosen.length).toBeGreaterThanOrEqual(1);
        const [next] = without(among, positions).sort((i, j) => (goesBefore(i, j) ? -1 : 1));
        if (next !== undefined) expect(bound([...chosen, next].map((i) => entropy[i] ?? 0))).toBeGreaterThan(gamma / 4);
      }),
    );
  });

  it('takes one uncertain position at gamma 0 and everything without a bound', () => {
    const inputs = { scores: [0.3, 0.1, 0.2], entropy: [0.3, 0.1, 0.2], among: [true, true, true] };
    const select = (gamma: number): readonly boolean[] =>
      selectEntropyBound.step({ inputs, params: { gamma }, context }).positions;
    expect(select(0)).toEqual([false, true, false]);
    expect(select(0.1)).toEqual([false, true, true]);
    expect(select(1e9)).toEqual([true, true, true]);
  });
});

describe('reveal-count', () => {
  it('shares positions out over the steps as LLaDA does: the remainder goes to the first ones', () => {
    fc.assert(
      fc.property(fc.nat(20), fc.integer({ min: 1, max: 12 }), (size, steps) => {
        let open = size;
        const counts = Array.from({ length: steps }, (_, index) => {
          const positions = Array.from({ length: 20 }, (_each, i) => i < open);
          const { count } = revealCount.step({ inputs: { open: positions, index }, params: { steps }, context });
          open -= count;
          return count;
        });
        const least = Math.floor(size / steps);
        expect(counts).toEqual(counts.map((_, i) => (i < size % steps ? least + 1 : least)));
      }),
    );
  });
});
