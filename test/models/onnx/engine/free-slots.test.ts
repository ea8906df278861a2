import fc from 'fast-check';
import { expect, it } from 'vitest';
import { FreeSlots } from '../../../../src/models/onnx/engine/free-slots.js';

it('gives the lowest slot that is free, whatever was freed and taken before', () => {
  const change = fc.record({ slot: fc.nat(20), frees: fc.boolean(), looks: fc.boolean() });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 100 }), (changes) => {
      const slots = new FreeSlots();
      const free = new Set<number>();
      for (const { slot, frees, looks } of changes) {
        if (frees) {
          free.add(slot);
          slots.add(slot);
        } else free.delete(slot);
        if (looks) expect(slots.lowest((each) => free.has(each))).toBe(free.size === 0 ? null : Math.min(...free));
      }
    }),
  );
});

it('looks at as many slots as were freed', () => {
  const looks = (count: number): number => {
    const slots = new FreeSlots();
    const taken = new Set<number>();
    let counted = 0;
    for (let slot = 0; slot < count; slot += 1) slots.add((slot * 7919) % count);
    for (let left = count; left > 0; left -= 1) {
      const slot = slots.lowest((each) => (counted++, !taken.has(each)));
      taken.add(slot ?? NaN);
    }
    expect(taken.size).toBe(count);
    return counted / count;
  };
  expect(looks(8192)).toBeLessThanOrEqual(2);
});
