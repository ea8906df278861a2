import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { largestWithin } from '../../src/evaluation/budget.js';

describe('the search for a budget', () => {
  it('finds what trying every value finds', async () => {
    const growth = fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(
        growth,
        fc.integer({ min: 0, max: 120 }),
        fc.integer({ min: -3, max: 5 }),
        async (steps, budget, min) => {
          let nfe = 1;
          const table = steps.map((step, i) => ({ value: min + i, nfe: (nfe += step) }));
          const max = min + steps.length - 1;
          const asked: number[] = [];
          const nfeOf = (value: number, limit: number): Promise<number> => {
            asked.push(value);
            const exact = table[value - min]?.nfe ?? NaN;
            return Promise.resolve(exact > limit ? Infinity : exact);
          };
          const found = await largestWithin(nfeOf, budget, { min, max });
          const paid = table.findLast((each) => each.nfe <= budget);
          const beyondAll = paid?.value === max ? table.find((each) => each.nfe === paid.nfe) : paid;
          expect(found).toEqual(beyondAll ?? null);
          expect(asked.length).toBeLessThanOrEqual(3 * Math.ceil(Math.log2(steps.length + 1)) + 3);
        },
      ),
    );
  });
});
