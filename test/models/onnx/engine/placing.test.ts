import fc from 'fast-check';
import { expect, it } from 'vitest';
import { placeTogether } from '../../../../src/models/onnx/engine/placing.js';

const slot = fc.record({ length: fc.nat(50), taking: fc.boolean() });

it('brings all that take part into a window, and moves no more than it says', () => {
  fc.assert(
    fc.property(fc.array(slot, { minLength: 1, maxLength: 12 }), fc.nat(3), (slots, more) => {
      const window = slots.filter(({ taking }) => taking).length + more;
      const { moves, tokens } = placeTogether(slots, window);
      const after = [...slots];
      for (const [from, to] of moves) {
        const [a, b] = [after[from], after[to]];
        if (a === undefined || b === undefined) throw new Error('a slot that is not there');
        [after[from], after[to]] = [b, a];
      }
      const places = after.flatMap(({ taking }, index) => (taking ? [index] : []));
      expect((places.at(-1) ?? 0) - (places[0] ?? 0)).toBeLessThanOrEqual(Math.max(0, window - 1));
      const moved = slots.filter((each, index) => after[index] !== each);
      expect(moved.reduce((sum, { length }) => sum + length, 0)).toBe(tokens);
    }),
  );
});

it('takes the cheapest way', () => {
  const slots = [10, 0, 3, 4, 0, 100].map((length, index) => ({ length, taking: [0, 3, 5].includes(index) }));
  // The long one stays, and the other one near it; the free slot between them is for the third.
  expect(placeTogether(slots, 3)).toMatchObject({ tokens: 10 });
  expect(placeTogether(slots, 6)).toEqual({ moves: [], tokens: 0 });
});
