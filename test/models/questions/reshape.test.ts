import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutOff } from '../../../src/models/questions/cut-off.js';
import { cleanPrediction, rowOf, type Distribution } from '../../../src/models/questions/distribution.js';
import { reshape, residual } from '../../../src/models/questions/reshape.js';

/** One position for each row of probabilities. */
function distribution(...rows: readonly (readonly number[])[]): Distribution {
  const probabilities = Float64Array.from(rows.flat());
  return {
    positions: rows.length,
    vocabularySize: rows[0]?.length ?? 0,
    probabilities,
    logProbabilities: probabilities.map(Math.log),
  };
}

const rowsOf = ({ positions, probabilities, vocabularySize }: Distribution): number[][] =>
  Array.from({ length: positions }, (_, i) => [...rowOf(probabilities, i, vocabularySize)]);

function expectRows(found: Distribution, expected: readonly (readonly number[])[]): void {
  const rows = rowsOf(found);
  expect(rows).toHaveLength(expected.length);
  expected.forEach((row, i) => {
    expect(rows[i]).toHaveLength(row.length);
    row.forEach((p, v) => expect(rows[i]?.[v]).toBeCloseTo(p, 12));
  });
  found.probabilities.forEach((p, i) => {
    if (p === 0) expect(found.logProbabilities[i]).toBe(-Infinity);
    else expect(found.logProbabilities[i]).toBeCloseTo(Math.log(p), 9);
  });
}

/** Integer shares of a power of two, so that sums and comparisons with borders are exact in any order. */
const total = 1024;
const sharesOf = (size: number) =>
  fc
    .array(fc.constantFrom(0, 1, 2, 3, 7, 7, 16, 16, 40, 100), { minLength: size, maxLength: size })
    .map((shares: readonly number[]) =>
      shares.map((n, i) => (i === 3 ? n + total - shares.reduce((a, b) => a + b, 0) : n) / total),
    );

/** Ids by probability, the lowest first among equals. */
const ranked = (row: readonly number[]): number[] =>
  row.map((_, id) => id).sort((a, b) => (row[b] ?? 0) - (row[a] ?? 0) || a - b);

/** The given tokens alone, normalised. */
function only(row: readonly number[], kept: readonly number[]): number[] {
  const mass = kept.reduce((sum, id) => sum + (row[id] ?? 0), 0);
  return row.map((p, id) => (kept.includes(id) ? p / mass : 0));
}

const lumps = distribution([0.125, 0.25, 0.25, 0.25, 0.125], [0, 1, 0, 0, 0]);
const certain = [0, 1, 0, 0, 0];

describe('temperature', () => {
  it('is a power of the probabilities, 0 the first of the most probable tokens', () => {
    expectRows(reshape(lumps, { shape: 'temperature', value: 0.5 }), [[1, 4, 4, 4, 1].map((n) => n / 14), certain]);
    expectRows(reshape(lumps, { shape: 'temperature', value: 0 }), [certain, certain]);
    expect(reshape(lumps, { shape: 'temperature', value: 1 })).toBe(lumps);
  });

  it('divides the logits: the same whether a forward or a reshaping does it, and twice is once by the product', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 10, maxLength: 10 }),
        fc.constantFrom(0, 0.2, 0.7, 1, 2),
        fc.constantFrom(0.5, 3),
        fc.boolean(),
        (logits, first, second, absorbing) => {
          const at = (temperature: number): Distribution =>
            cleanPrediction({
              logits: Float32Array.from(logits),
              vocabularySize: 5,
              temperature,
              maskId: absorbing ? 4 : null,
              revealed: [null, absorbing ? 2 : null],
            });
          const once = reshape(at(1), { shape: 'temperature', value: first });
          expectRows(once, rowsOf(at(first)));
          expectRows(reshape(once, { shape: 'temperature', value: second }), rowsOf(at(first * second)));
        },
      ),
      { seed: 1 },
    );
  });
});

describe('top-k', () => {
  it.each([
    [1, [0, 1, 0, 0, 0]],
    [2, [0, 0.5, 0.5, 0, 0]],
    [3, [0, 1 / 3, 1 / 3, 1 / 3, 0]],
    [4, [1, 2, 2, 2, 0].map((n) => n / 7)],
    [5, [0.125, 0.25, 0.25, 0.25, 0.125]],
    [99, [0.125, 0.25, 0.25, 0.25, 0.125]],
  ])('keeps %d, the lowest ids among equals', (count, expected) => {
    expectRows(reshape(lumps, { shape: 'top-k', count }), [expected, certain]);
  });

  it('keeps the k most probable tokens, never one that is impossible', () => {
    fc.assert(
      fc.property(sharesOf(9), fc.integer({ min: 1, max: 11 }), (row, count) => {
        const kept = ranked(row)
          .slice(0, count)
          .filter((id) => (row[id] ?? 0) > 0);
        expectRows(reshape(distribution(row), { shape: 'top-k', count }), [only(row, kept)]);
      }),
      { seed: 2 },
    );
  });
});

describe('nucleus', () => {
  it.each([
    [0, [0, 1, 0, 0, 0]],
    [0.25, [0, 1, 0, 0, 0]],
    [0.26, [0, 0.5, 0.5, 0, 0]],
    [0.5, [0, 0.5, 0.5, 0, 0]],
    [0.75, [0, 1 / 3, 1 / 3, 1 / 3, 0]],
    [0.8, [1, 2, 2, 2, 0].map((n) => n / 7)],
    [0.875, [1, 2, 2, 2, 0].map((n) => n / 7)],
    [0.9, [0.125, 0.25, 0.25, 0.25, 0.125]],
    [1, [0.125, 0.25, 0.25, 0.25, 0.125]],
  ])('of mass %d keeps the tokens that reach it, the lowest ids among equals', (mass, expected) => {
    expectRows(reshape(lumps, { shape: 'nucleus', mass }), [expected, certain]);
  });

  it('is the smallest set of most probable tokens with at least that mass', () => {
    fc.assert(
      fc.property(sharesOf(9), fc.integer({ min: 0, max: total }), (row, border) => {
        const mass = border / total;
        const order = ranked(row);
        let [size, sum] = [0, 0];
        while (size === 0 || sum < mass) sum += row[order[size++] ?? 0] ?? 0;
        expectRows(reshape(distribution(row), { shape: 'nucleus', mass }), [only(row, order.slice(0, size))]);
      }),
      { seed: 3, numRuns: 500 },
    );
  });

  it('holds the mass and would not without its least probable token, up to rounding, for any numbers', () => {
    const weights = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 40, maxLength: 40 });
    fc.assert(
      fc.property(weights, fc.double({ min: 0, max: 0.999, noNaN: true }), (raw, mass) => {
        const sum = raw.reduce((a, b) => a + b, 0);
        fc.pre(sum > 0.1);
        const row = raw.map((w) => w ** 4 / raw.reduce((a, b) => a + b ** 4, 0));
        const found = rowsOf(reshape(distribution(row), { shape: 'nucleus', mass }))[0] ?? [];
        const kept = row.filter((_, id) => (found[id] ?? 0) > 0);
        const held = kept.reduce((a, b) => a + b, 0);
        expect(held).toBeGreaterThan(mass - 1e-12);
        expect(held - Math.min(...kept)).toBeLessThan(mass + 1e-12);
        const left = row.filter((_, id) => found[id] === 0);
        expect(Math.max(0, ...left)).toBeLessThanOrEqual(Math.min(...kept));
      }),
      { seed: 4 },
    );
  });
});

describe('min-p', () => {
  it.each([
    [0, [0.125, 0.25, 0.25, 0.25, 0.125]],
    [0.5, [0.125, 0.25, 0.25, 0.25, 0.125]],
    [0.51, [0, 1 / 3, 1 / 3, 1 / 3, 0]],
    [1, [0, 1 / 3, 1 / 3, 1 / 3, 0]],
  ])('of %d keeps what is at least that share of the highest probability', (ratio, expected) => {
    expectRows(reshape(lumps, { shape: 'min-p', ratio }), [expected, certain]);
  });

  it('keeps p >= ratio max p', () => {
    fc.assert(
      fc.property(sharesOf(9), fc.constantFrom(0, 0.125, 0.25, 0.5, 1), (row, ratio) => {
        const kept = row.flatMap((p, id) => (p > 0 && p >= ratio * Math.max(...row) ? [id] : []));
        expectRows(reshape(distribution(row), { shape: 'min-p', ratio }), [only(row, kept)]);
      }),
      { seed: 5 },
    );
  });
});

describe('every shape', () => {
  it('applies to what the shape before it left: the order counts', () => {
    const row = [0.5, 0.25, 0.125, 0.0625, 0.0625];
    const topThenNucleus = reshape(reshape(distribution(row), { shape: 'top-k', count: 2 }), {
      shape: 'nucleus',
      mass: 0.6,
    });
    const nucleusThenTop = reshape(reshape(distribution(row), { shape: 'nucleus', mass: 0.6 }), {
      shape: 'top-k',
      count: 1,
    });
    expectRows(topThenNucleus, [[2 / 3, 1 / 3, 0, 0, 0].map((p) => (p > 0.5 ? 1 : 0))]);
    expectRows(nucleusThenTop, [[1, 0, 0, 0, 0]]);
    const nucleusOfAll = reshape(distribution(row), { shape: 'nucleus', mass: 0.6 });
    expectRows(nucleusOfAll, [[2 / 3, 1 / 3, 0, 0, 0]]);
  });

  it('leaves revealed positions certain and never gives the mask any mass', () => {
    const shapes = [
      { shape: 'temperature', value: 3 },
      { shape: 'top-k', count: 4 },
      { shape: 'nucleus', mass: 0.999 },
      { shape: 'min-p', ratio: 1e-9 },
    ] as const;
    const prediction = cleanPrediction({
      logits: Float32Array.of(1, 2, 3, 90, 1, 2, 3, 90),
      vocabularySize: 4,
      temperature: 1,
      maskId: 3,
      revealed: [null, 0],
    });
    for (const shape of shapes) {
      const [open, revealed] = rowsOf(reshape(prediction, shape));
      expect(open?.[3]).toBe(0);
      expect(open?.every((p, v) => v === 3 || p > 0)).toBe(true);
      expect(revealed).toEqual([1, 0, 0, 0]);
    }
  });
});

describe('the residual', () => {
  it('is what one has above the other, itself where that is nothing or the other has no such position', () => {
    const p = distribution([0.5, 0.25, 0.25], [0.5, 0.25, 0.25], [0.5, 0.25, 0.25]);
    const q = distribution([0.25, 0.75, 0], [0.5, 0.25, 0.25]);
    expectRows(residual(p, q), [
      [0.5, 0, 0.5],
      [0.5, 0.25, 0.25],
      [0.5, 0.25, 0.25],
    ]);
  });

  it('completes a draft from q into draws from p: min(p, q) + P(refused) residual = p', () => {
    fc.assert(
      fc.property(sharesOf(9), sharesOf(9), (p, q) => {
        const accepted = p.map((x, v) => Math.min(x, q[v] ?? 0));
        const refused = 1 - accepted.reduce((a, b) => a + b, 0);
        const [rest = []] = rowsOf(residual(distribution(p), distribution(q)));
        p.forEach((x, v) => expect((accepted[v] ?? 0) + refused * (rest[v] ?? 0)).toBeCloseTo(x, 12));
        expectRows(residual(distribution(p), distribution(q)), [rest]);
      }),
      { seed: 6 },
    );
  });

  it('needs one vocabulary', () => {
    expect(() => residual(distribution([1]), distribution([0.5, 0.5]))).toThrow(/1 and 2 tokens/);
  });
});

describe('the cut-off', () => {
  it('is where sorting would find it, for any values', () => {
    const values = fc.array(fc.constantFrom(0, 1, 2, 2, 3, 5, 8, 13), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(values, fc.integer({ min: 1, max: 200 }), fc.boolean(), (given, target, byValue) => {
        const weigh = byValue ? (value: number) => value : () => 1;
        const sorted: number[] = [...given].sort((a, b) => b - a);
        let reached = 0;
        const at = sorted.find((value) => (reached += weigh(value)) >= target) ?? sorted.at(-1) ?? 0;
        const above = sorted.filter((value) => value > at).reduce((sum, value) => sum + weigh(value), 0);
        const untouched = Float64Array.from(given);
        expect(cutOff(untouched, target, weigh)).toEqual({ value: at, above });
        expect([...untouched]).toEqual(given);
      }),
      { seed: 7, numRuns: 500 },
    );
  });
});
