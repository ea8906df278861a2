import fc from 'fast-check';
import { expect, it } from 'vitest';
import { placeTogether, type Occupied, type Placing } from '../../../../src/models/onnx/engine/placing.js';

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

/** Every window's moves, written down plainly. */
function cheapest(slots: readonly Occupied[], window: number, toFirst: boolean): Placing {
  const placings = Array.from({ length: toFirst ? 1 : Math.max(1, slots.length - window + 1) }, (_, first): Placing => {
    const inside = (index: number) => index >= first && index < first + window;
    const lengthAt = (index: number) => slots[index]?.length ?? NaN;
    const indices = [...slots.keys()];
    const outside = indices.filter((index) => slots[index]?.taking === true && !inside(index));
    const givingWay = indices
      .filter((index) => slots[index]?.taking === false && inside(index))
      .sort((a, b) => lengthAt(a) - lengthAt(b));
    const moves = outside.flatMap((from, i) => givingWay.slice(i, i + 1).map((to) => [from, to] as const));
    return { moves, tokens: moves.reduce((sum, [from, to]) => sum + lengthAt(from) + lengthAt(to), 0) };
  });
  return placings.reduce((best, each) => (each.tokens < best.tokens ? each : best));
}

it('takes the first of the cheapest windows', () => {
  fc.assert(
    fc.property(fc.array(slot, { minLength: 1, maxLength: 14 }), fc.nat(3), fc.boolean(), (slots, more, toFirst) => {
      const window = slots.filter(({ taking }) => taking).length + more;
      // Slots behind the last are free: no window is larger than what is there.
      fc.pre(window <= slots.length);
      expect(placeTogether(slots, window, toFirst)).toEqual(cheapest(slots, window, toFirst));
    }),
    { numRuns: 500 },
  );
});

it('looks at each slot a few times, however many there are', () => {
  const looks = (count: number): number => {
    let counted = 0;
    const slots = Array.from({ length: count }, (_, index) => ({
      get length() {
        counted += 1;
        return index % 7;
      },
      get taking() {
        counted += 1;
        return index % 3 === 0;
      },
    }));
    placeTogether(slots, Math.ceil(count / 3));
    return counted / count;
  };
  // Sorting those that give way adds the logarithm.
  expect(looks(8192)).toBeLessThan(1.5 * looks(512));
});
