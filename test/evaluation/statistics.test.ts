import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { distinctPairs, mean, meanOverTokens, median, unigramEntropy } from '../../src/evaluation/statistics.js';

describe('statistics of comparisons', () => {
  it('take the middle, and the mean of the two in the middle', () => {
    expect(median([9, 1, 5])).toBe(5);
    expect(median([9, 1, 5, 7])).toBe(6);
    expect(median([4])).toBe(4);
    expect([median([]), mean([]), meanOverTokens([]), unigramEntropy([]), distinctPairs([1])]).toEqual(
      new Array(5).fill(null),
    );
  });

  it('weigh rows by their tokens', () => {
    // By hand: R = 16 / 8 = 2; deviations 6 - 2*2 = 2 and 10 - 2*6 = -2; sqrt(8 / 2) / 4.
    const rows = [
      { total: 6, count: 2 },
      { total: 10, count: 6 },
    ];
    expect(meanOverTokens(rows)).toEqual({ mean: 2, standardError: 0.5 });
    expect(meanOverTokens(rows.slice(0, 1))).toEqual({ mean: 3, standardError: null });
    expect(meanOverTokens([{ total: 0, count: 0 }])).toBeNull();
  });

  it('give the usual standard error for rows of one length', () => {
    const score = fc.double({ min: 0, max: 10, noNaN: true });
    fc.assert(
      fc.property(fc.array(score, { minLength: 2, maxLength: 20 }), fc.integer({ min: 1, max: 50 }), (means, count) => {
        const k = means.length;
        const centre = means.reduce((a, b) => a + b, 0) / k;
        const variance = means.reduce((sum, each) => sum + (each - centre) ** 2, 0) / (k - 1);
        const estimate = meanOverTokens(means.map((each) => ({ total: each * count, count })));
        expect(estimate?.mean).toBeCloseTo(centre, 9);
        expect(estimate?.standardError).toBeCloseTo(Math.sqrt(variance / k), 9);
      }),
    );
  });

  it('see repetition in entropy and pairs', () => {
    expect(unigramEntropy([7, 7, 7, 7])).toBe(0);
    expect(unigramEntropy([1, 2, 3, 4])).toBeCloseTo(Math.log(4), 12);
    expect(unigramEntropy([1, 1, 2, 2])).toBeCloseTo(Math.log(2), 12);
    expect(unigramEntropy([1, 1, 1, 2])).toBeCloseTo(0.75 * Math.log(4 / 3) + 0.25 * Math.log(4), 12);
    expect(distinctPairs([1, 2, 1, 2, 1])).toBe(0.5);
    // 1,12 and 11,2 are different pairs.
    expect(distinctPairs([1, 12, 11, 2])).toBe(1);
  });
});
