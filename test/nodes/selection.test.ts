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
import { chiSquareDeviate } from '../support/chi-square.js';
import { absorbingManifest, nodeContext } from '../support/context.js';

const context = nodeContext(absorbingManifest);
/** A firing's own uniforms, the same for each firing that a seed stands for. */
const firing = (seed: number) => nodeContext(absorbingManifest, seed);
const seeds = fc.nat(1e6);

/** Which of two positions goes first by `key`, low before high: of equal ones that with the lower uniform. */
const byKey = (key: (i: number) => number, seed: number, length: number) => {
  const uniforms = firing(seed).uniforms(length);
  return (i: number, j: number): boolean =>
    key(i) < key(j) || (key(i) === key(j) && (uniforms[i] ?? 0) < (uniforms[j] ?? 0));
};

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
  it('takes so many from one end of the scores, those with the lowest uniforms among equals', () => {
    fc.assert(
      fc.property(scored, fc.nat(10), seeds, ({ scores, among }, count, seed) => {
        const { positions } = node.step({ inputs: { scores, among, count }, params: {}, context: firing(seed) });
        expect(indices(positions)).toHaveLength(Math.min(count, indices(among).length));
        expectFirst(
          positions,
          among,
          byKey((i) => sign * (scores[i] ?? 0), seed, among.length),
        );
      }),
    );
  });

  it('takes the same whatever rounding makes of equal scores', () => {
    // Scores as certain as predictions at low temperatures are, a hundred times further apart than rounding puts them.
    const exact = [0, -1, -1 + 1e-9, 1e-9, 1.003e-9, 0.7, 0.702, -0.4, -0.402, 25, 744];
    const cells = fc.array(
      fc.record({ score: fc.constantFrom(...exact), error: fc.double({ min: -5e-6, max: 5e-6, noNaN: true }) }),
      { minLength: 1, maxLength: 12 },
    );
    fc.assert(
      fc.property(cells, fc.nat(12), seeds, (given, count, seed) => {
        const among = given.map(() => true);
        const choose = (scores: readonly number[]): readonly boolean[] =>
          node.step({ inputs: { scores, among, count }, params: {}, context: firing(seed) }).positions;
        const rounded = given.map(({ score, error }) => score + error * Math.min(Math.abs(score), Math.abs(1 + score)));
        expect(choose(rounded)).toEqual(choose(given.map(({ score }) => score)));
      }),
      { numRuns: 500 },
    );
  });

  it('puts infinite scores at the ends, and chooses among equal ones', () => {
    const scores = [Infinity, 1, -Infinity, Infinity, 0, -Infinity];
    const among = scores.map(() => true);
    const order = [1, 2, 3, 4, 5, 6].map((count) =>
      indices(node.step({ inputs: { scores, among, count }, params: {}, context: firing(9) }).positions),
    );
    const ends = sign > 0 ? [[2, 5], [4], [1], [0, 3]] : [[0, 3], [1], [4], [2, 5]];
    const inOrder = ends.flat().length;
    expect(order.at(-1)).toHaveLength(inOrder);
    expect(order[1]).toEqual(ends[0]);
    expect(order[2]).toEqual([...(ends[0] ?? []), ...(ends[1] ?? [])].sort((a, b) => a - b));
    expect(order[3]).toEqual([...(ends[0] ?? []), 1, 4].sort((a, b) => a - b));
  });

  it('takes each of equal positions as often', () => {
    const scores = [0.3, 0.3, 0.3, 0.3];
    const counts = new Map<string, number>();
    for (let seed = 0; seed < 6000; seed++) {
      const inputs = { scores, among: [true, true, false, true], count: 2 };
      const key = indices(node.step({ inputs, params: {}, context: firing(seed) }).positions).join(' ');
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    const expected = new Map(['0 1', '0 3', '1 3'].map((key) => [key, 1 / 3] as const));
    expect(chiSquareDeviate(counts, expected).deviate).toBeLessThan(4.75);
  });
});

describe('select-confident', () => {
  const select = (
    scores: readonly number[],
    among: readonly boolean[],
    threshold: number,
    seed = 1,
  ): readonly boolean[] =>
    selectConfident.step({ inputs: { scores, among }, params: { threshold }, context: firing(seed) }).positions;

  it('takes what reaches the threshold, and the best one in any case', () => {
    fc.assert(
      fc.property(scored, fc.integer({ min: -4, max: 4 }), seeds, ({ scores, among }, threshold, seed) => {
        const positions = select(scores, among, threshold, seed);
        const reaching = among.map((held, i) => held && -(scores[i] ?? 0) >= threshold);
        if (reaching.includes(true)) expect(positions).toEqual(reaching);
        else {
          expect(indices(positions)).toHaveLength(among.includes(true) ? 1 : 0);
          expectFirst(
            positions,
            among,
            byKey((i) => scores[i] ?? 0, seed, among.length),
          );
        }
      }),
    );
  });

  it('counts a confidence that is the threshold exactly', () => {
    expect(select([-0.9, -0.8999, -1], [true, true, true], 0.9)).toEqual([true, false, true]);
  });

  it('passes ties together, and keeps any one of them where none passes', () => {
    const scores = [-0.9, -0.8999999, -0.9000001, -0.2];
    const among = [true, true, true, true];
    expect(select(scores, among, 0.9)).toEqual([true, true, true, false]);
    const kept = Array.from({ length: 60 }, (_, seed) => indices(select(scores, among, 0.95, seed)));
    expect(new Set(kept.map((positions) => positions.join(' ')))).toEqual(new Set(['0', '1', '2']));
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
      fc.property(entropies, fc.nat(20), seeds, (cells, gamma, seed) => {
        // Quarters add up without rounding.
        const entropy = cells.map((cell) => cell.entropy / 4);
        const scores = cells.map(({ score }) => score);
        const among = cells.map(({ held }) => held);
        const { positions } = selectEntropyBound.step({
          inputs: { scores, entropy, among },
          params: { gamma: gamma / 4 },
          context: firing(seed),
        });
        const goesBefore = byKey((i) => scores[i] ?? 0, seed, among.length);
        expectFirst(positions, among, goesBefore);
        const chosen = indices(positions);
        expect(bound(chosen.map((i) => entropy[i] ?? 0))).toBeLessThanOrEqual(gamma / 4);
        if (among.includes(true)) expect(chosen.length).toBeGreaterThanOrEqual(1);
        const [next] = without(among, positions).sort((i, j) => (goesBefore(i, j) ? -1 : 1));
        if (next !== undefined) expect(bound([...chosen, next].map((i) => entropy[i] ?? 0))).toBeGreaterThan(gamma / 4);
      }),
    );
  });

  it('counts entropies that tie as one, whatever rounding makes of them', () => {
    const among = [true, true, true, true];
    const select = (entropy: readonly number[], seed: number): readonly boolean[] =>
      selectEntropyBound.step({
        inputs: { scores: entropy, entropy, among },
        params: { gamma: 1.5 },
        context: firing(seed),
      }).positions;
    for (let seed = 0; seed < 50; seed++) {
      const equal = select([0.75, 0.75, 0.75, 0.75], seed);
      expect(indices(equal)).toHaveLength(3);
      expect(select([0.75, 0.7500003, 0.7500001, 0.7500005], seed)).toEqual(equal);
    }
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

it('select-confident takes one of positions that are all infinitely doubtful', () => {
  for (const scores of [[Infinity], [Infinity, Infinity, Infinity]]) {
    const inputs = { scores, among: scores.map(() => true) };
    const { positions } = selectConfident.step({ inputs, params: { threshold: 0.5 }, context: firing(1) });
    expect(indices(positions)).toHaveLength(1);
  }
});
