import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { processorCosts } from '../../../../src/models/onnx/engine/costs.js';
import { Slots } from '../../../../src/models/onnx/engine/slots.js';
import { capacityUnit } from '../../../../src/models/onnx/engine/slot-storage.js';
import { KeyValueStorage, type FreshRange } from '../../../../src/models/onnx/engine/storage.js';
import { checkSlots, freshOf, length, size, step, tokensAt, type CheckedSlots } from '../support/slot-texts.js';

describe('slots', () => {
  it('hold for every handle what was written for its tokens, whatever happens to others', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 60, size: 'max' }),
        fc.constantFrom(0, 2 ** 30),
        async (steps, keepBytes) => {
          const storage = new KeyValueStorage(size, length);
          const slots = new Slots(storage, processorCosts, keepBytes);
          const checked: CheckedSlots<FreshRange> = {
            slots,
            storedOf: (fresh) => fresh,
            settle: () => Promise.resolve(),
            read: ({ first, rows }) => Promise.resolve(storage.view(first, rows)),
          };
          await checkSlots(checked, steps);
          if (keepBytes === 0) expect(slots.usage.bytes).toBe(0);
        },
      ),
      { numRuns: 60 },
    ));

  it('grow in place where nobody uses what is behind, and are copied where somebody does', () => {
    const storage = new KeyValueStorage(size, length);
    const slots = new Slots(storage);
    const four = freshOf(0, 4, 0);
    slots.extend(1, null, 0, four);
    slots.extend(2, 1, 4, four);
    // Handle 1 is the beginning of 2.
    expect(slots.usage.slots).toBe(1);
    slots.extend(3, 1, 4, four);
    expect(slots.usage.slots).toBe(2);
    slots.share(4, 2, 6);
    slots.extend(5, 4, 6, four);
    expect(slots.usage.slots).toBe(3);
    slots.release(2);
    slots.extend(6, 4, 6, four);
    expect(slots.usage.slots).toBe(3);
  });

  it('take the lowest free slot', () => {
    const storage = new KeyValueStorage(size, length);
    const slots = new Slots(storage);
    for (const id of [0, 1, 2, 3]) slots.extend(id, null, 0, freshOf(0, 4, 0));
    slots.release(1);
    slots.extend(9, null, 0, freshOf(0, 4, 0));
    expect(slots.arrange([0, 9, 2], 0, 1)).toMatchObject({ first: 0, rows: 3, of: [0, 1, 2] });
  });

  it('are moved together once the rows between them have cost more than that', () => {
    const storage = new KeyValueStorage(size, length);
    const slots = new Slots(storage);
    for (let id = 0; id < 6; id += 1) slots.extend(id, null, 0, freshOf(id * 10, 10, 0));
    const widths = Array.from({ length: 60 }, () => slots.arrange([0, 5], 0, 1).rows);
    expect(widths[0]).toBe(6);
    expect(widths.at(-1)).toBe(2);
    // The same two all the time: one move is enough.
    expect(new Set(widths)).toEqual(new Set([6, 2]));
    const { of, ...rows } = slots.arrange([0, 1, 2, 3, 4, 5], 0, 16);
    const past = storage.view(rows.first, rows.rows);
    for (let id = 0; id < 6; id += 1) expect(tokensAt(past, of[id] ?? -1, slots.capacity, 1)).toEqual([id * 10]);
  });

  it('lower the capacity when the long texts are gone, but not for a little', () => {
    const storage = new KeyValueStorage(size, length);
    const slots = new Slots(storage);
    slots.extend(1, null, 0, freshOf(0, 10, 0));
    slots.extend(2, null, 0, freshOf(0, 2 * capacityUnit + 1, 0));
    expect(slots.capacity).toBe(3 * capacityUnit);
    slots.share(3, 2, capacityUnit + 1);
    slots.release(2);
    slots.trim();
    expect(slots.capacity).toBe(2 * capacityUnit);
    slots.release(3);
    slots.trim();
    expect(slots.capacity).toBe(capacityUnit);
  });

  it('have room for more rows than one array can', () => {
    // 256 MiB of addresses a slot in each of 128 arrays, nearly all of it never touched.
    const layers = 64;
    const storage = new KeyValueStorage({ ...size, layers }, 2 ** 24);
    // As a long text leaves it.
    storage.resize(2 ** 24, []);
    storage.resize(0, []);
    const slots = new Slots(storage);
    const ids = [0, 1, 2, 3];
    for (const id of ids) {
      const fresh = freshOf(10 * id, 3, 0);
      slots.extend(id, null, 0, { ...fresh, layers: Array.from({ length: layers / 2 }, () => fresh.layers).flat() });
    }
    const rows = slots.arrange(ids, 0, 1);
    const past = storage.view(rows.first, rows.rows);
    for (let layer = 0; layer < layers; layer += 2) {
      const found = ids.map((id) => tokensAt(past.slice(layer, layer + 2), rows.of[id] ?? -1, slots.capacity, 3));
      expect(found).toEqual(ids.map((id) => [10 * id, 10 * id + 1, 10 * id + 2]));
    }
  });

  it('refuse what is gone or too long', () => {
    const storage = new KeyValueStorage(size, length);
    const slots = new Slots(storage);
    slots.extend(1, null, 0, freshOf(0, 4, 0));
    expect(() => slots.share(2, 1, 5)).toThrow(/5 of 4/);
    expect(() => slots.extend(2, 1, 5, freshOf(0, 1, 0))).toThrow();
    slots.release(1);
    expect(() => slots.release(1)).toThrow(/are gone/);
    expect(() => slots.arrange([1], 0, 1)).toThrow(/are gone/);
  });
});
