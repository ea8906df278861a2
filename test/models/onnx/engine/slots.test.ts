import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KeyValueData } from '../../../../src/models/onnx/network/network.js';
import { processorCosts } from '../../../../src/models/onnx/engine/costs.js';
import { Slots } from '../../../../src/models/onnx/engine/slots.js';
import { capacityUnit } from '../../../../src/models/onnx/engine/slot-storage.js';
import { KeyValueStorage, type FreshRange } from '../../../../src/models/onnx/engine/storage.js';

const size = { layers: 2, heads: 2, width: 2, vocabularySize: 5 };
const length = 3 * capacityUnit;

/** Keys and values of `count` tokens, each token's numbers its own: `first`, `first + 1`, ... from `start` on. */
function freshOf(first: number, count: number, start: number): FreshRange {
  const positions = start + count + 1;
  const part = (which: number, layer: number) => {
    const data = new Float32Array(size.heads * positions * size.width).fill(-1);
    for (let head = 0; head < size.heads; head += 1) {
      for (let i = 0; i < count * size.width; i += 1) {
        const token = first + Math.floor(i / size.width);
        data[(head * positions + start) * size.width + i] = numberOf(token, which, layer, head, i % 2);
      }
    }
    return data;
  };
  const layers = Array.from({ length: size.layers }, (_, layer) => ({ keys: part(0, layer), values: part(1, layer) }));
  return { layers, positions, start, count };
}

const numberOf = (token: number, ...index: readonly number[]): number =>
  index.reduce((sum, i) => sum * 2 + i, 0) / 32 + token;

/** The tokens that a row of a pass holds, and that all numbers of each are in their places. */
function tokensAt(past: readonly KeyValueData[], row: number, capacity: number, count: number): number[] {
  const tokens: number[] = [];
  for (let position = 0; position < count; position += 1) {
    const found = new Set<number>();
    past.forEach((data, layer) => {
      [data.keys, data.values].forEach((values, which) => {
        for (let head = 0; head < size.heads; head += 1) {
          for (let i = 0; i < size.width; i += 1) {
            const value = values[((row * size.heads + head) * capacity + position) * size.width + i] ?? NaN;
            found.add(value - numberOf(0, which, layer, head, i));
          }
        }
      });
    });
    tokens.push(...(found.size === 1 ? found : [NaN]));
  }
  return tokens;
}

type Step =
  | { readonly step: 'extend'; readonly which: number; readonly cut: number; readonly count: number }
  | { readonly step: 'open'; readonly count: number }
  | { readonly step: 'share'; readonly which: number; readonly cut: number }
  | { readonly step: 'release'; readonly which: number }
  | { readonly step: 'arrange'; readonly every: number; readonly spare: number; readonly queries: number }
  | { readonly step: 'trim' };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      step: fc.constant('extend' as const),
      which: fc.nat(),
      cut: fc.nat(20),
      count: fc.integer({ min: 1, max: 40 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ step: fc.constant('open' as const), count: fc.integer({ min: 1, max: 90 }) }) },
  { weight: 2, arbitrary: fc.record({ step: fc.constant('share' as const), which: fc.nat(), cut: fc.nat(30) }) },
  { weight: 4, arbitrary: fc.record({ step: fc.constant('release' as const), which: fc.nat() }) },
  {
    weight: 2,
    arbitrary: fc.record({
      step: fc.constant('arrange' as const),
      every: fc.integer({ min: 1, max: 4 }),
      spare: fc.nat(3),
      queries: fc.integer({ min: 1, max: 200 }),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ step: 'trim' as const }) },
);

describe('slots', () => {
  it('hold for every handle what was written for its tokens, whatever happens to others', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60, size: 'max' }), fc.constantFrom(0, 2 ** 30), (steps, keepBytes) => {
        const storage = new KeyValueStorage(size, length);
        const slots = new Slots(storage, processorCosts, keepBytes);
        /** The naive model: every handle's tokens. */
        const texts = new Map<number, readonly number[]>();
        let [ids, token] = [0, 0];
        const pick = (which: number): number | undefined => [...texts.keys()][which % texts.size];
        const write = (of: number | null, kept: readonly number[], count: number) => {
          if (kept.length + count > length) return;
          const fresh = freshOf(token, count, count % 5);
          slots.extend(ids, of, kept.length, fresh);
          texts.set(ids, [...kept, ...Array.from({ length: count }, (_, i) => token + i)]);
          ids += 1;
          token += count;
        };
        const check = () => {
          const handles = [...texts.keys()];
          if (handles.length > 0) {
            const rows = slots.arrange(handles, 0, 1);
            const past = storage.view(rows.first, rows.rows);
            handles.forEach((id, index) => {
              const text = texts.get(id) ?? [];
              expect(tokensAt(past, rows.of[index] ?? -1, slots.capacity, text.length)).toEqual(text);
            });
            expect(past[0]?.keys.length).toBe(rows.rows * size.heads * slots.capacity * size.width);
            expect(past.every(({ keys, values }) => keys.every(Number.isFinite) && values.every(Number.isFinite))).toBe(
              true,
            );
          }
          expect(slots.usage.handles).toBe(texts.size);
          expect(slots.usage.slots).toBeLessThanOrEqual(texts.size);
          expect(slots.capacity % capacityUnit).toBe(0);
        };
        for (const it of steps) {
          if (it.step === 'open') write(null, [], it.count);
          else if (it.step === 'trim') slots.trim();
          else if (it.step === 'arrange') {
            const handles = [...texts.keys()].filter((_, index) => index % it.every === 0);
            if (handles.length === 0) continue;
            const rows = slots.arrange(handles, it.spare, it.queries);
            const used = new Set(rows.of);
            expect(rows.spare).toHaveLength(it.spare);
            expect(new Set([...used, ...rows.spare]).size).toBe(used.size + it.spare);
            for (const row of [...rows.of, ...rows.spare]) expect(row >= 0 && row < rows.rows).toBe(true);
            storage.view(rows.first, rows.rows);
          } else {
            const id = pick(it.which);
            const text = id === undefined ? undefined : texts.get(id);
            if (id === undefined || text === undefined) continue;
            if (it.step === 'extend') write(id, text.slice(0, Math.max(0, text.length - it.cut)), it.count);
            else if (it.step === 'share') {
              const kept = text.slice(0, Math.max(1, text.length - it.cut));
              slots.share(ids, id, kept.length);
              texts.set(ids, kept);
              ids += 1;
            } else {
              slots.release(id);
              texts.delete(id);
            }
          }
          check();
        }
        for (const id of texts.keys()) slots.release(id);
        slots.trim();
        expect(slots.usage).toMatchObject({ handles: 0, slots: 0, capacity: 0 });
        if (keepBytes === 0) expect(slots.usage.bytes).toBe(0);
      }),
      { numRuns: 60 },
    );
  });

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
