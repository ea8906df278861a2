import fc from 'fast-check';
import { expect } from 'vitest';
import type { KeyValueData } from '../../../../src/models/onnx/network/network.js';
import type { Stored } from '../../../../src/models/onnx/engine/slot-storage.js';
import { capacityUnit } from '../../../../src/models/onnx/engine/slot-storage.js';
import type { Rows, Slots } from '../../../../src/models/onnx/engine/slots.js';
import type { FreshRange } from '../../../../src/models/onnx/engine/storage.js';

export const size = { layers: 2, heads: 2, width: 2, vocabularySize: 5 };
export const length = 3 * capacityUnit;

/** Keys and values of `count` tokens, each token's numbers its own: `first`, `first + 1`, ... from `start` on. */
export function freshOf(first: number, count: number, start: number): FreshRange {
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
export function tokensAt(past: readonly KeyValueData[], row: number, capacity: number, count: number): number[] {
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

export type Step =
  | { readonly step: 'extend'; readonly which: number; readonly cut: number; readonly count: number }
  | { readonly step: 'open'; readonly count: number }
  | { readonly step: 'share'; readonly which: number; readonly cut: number }
  | { readonly step: 'release'; readonly which: number }
  | { readonly step: 'arrange'; readonly every: number; readonly spare: number; readonly queries: number }
  | { readonly step: 'trim' };

export const step: fc.Arbitrary<Step> = fc.oneof(
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

/** Slots over any storage, and the ways to it that a check needs. */
export interface CheckedSlots<S extends Stored> {
  readonly slots: Slots<S>;
  /** What `extend` is given for the tokens of a pass. */
  readonly storedOf: (fresh: FreshRange) => S;
  /** Waits until what was extended is there. */
  readonly settle: () => Promise<void>;
  /** What a pass of these rows reads, for every transformer block [rows, heads, capacity, width]. */
  readonly read: (rows: Rows) => Promise<readonly KeyValueData[]>;
}

/** Does random things to slots and compares them with what they should hold, after every so many. */
export async function checkSlots<S extends Stored>(
  { slots, storedOf, settle, read }: CheckedSlots<S>,
  steps: readonly Step[],
  every = 1,
): Promise<void> {
  /** The naive model: every handle's tokens. */
  const texts = new Map<number, readonly number[]>();
  let [ids, token] = [0, 0];
  const pick = (which: number): number | undefined => [...texts.keys()][which % texts.size];
  const write = async (of: number | null, kept: readonly number[], count: number): Promise<void> => {
    if (kept.length + count > length) return;
    slots.extend(ids, of, kept.length, storedOf(freshOf(token, count, count % 5)));
    await settle();
    texts.set(ids, [...kept, ...Array.from({ length: count }, (_, i) => token + i)]);
    ids += 1;
    token += count;
  };
  const check = async (): Promise<void> => {
    const handles = [...texts.keys()];
    if (handles.length > 0) {
      const rows = slots.arrange(handles, 0, 1);
      const past = await read(rows);
      handles.forEach((id, index) => {
        const text = texts.get(id) ?? [];
        expect(tokensAt(past, rows.of[index] ?? -1, slots.capacity, text.length)).toEqual(text);
      });
      expect(past[0]?.keys.length).toBe(rows.rows * size.heads * slots.capacity * size.width);
      expect(past.every(({ keys, values }) => keys.every(Number.isFinite) && values.every(Number.isFinite))).toBe(true);
    }
    expect(slots.usage.handles).toBe(texts.size);
    expect(slots.usage.slots).toBeLessThanOrEqual(texts.size);
    expect(slots.capacity % capacityUnit).toBe(0);
  };
  for (const [index, it] of steps.entries()) {
    if (it.step === 'open') await write(null, [], it.count);
    else if (it.step === 'trim') slots.trim();
    else if (it.step === 'arrange') {
      const handles = [...texts.keys()].filter((_, place) => place % it.every === 0);
      if (handles.length === 0) continue;
      const rows = slots.arrange(handles, it.spare, it.queries);
      const used = new Set(rows.of);
      expect(rows.spare).toHaveLength(it.spare);
      expect(new Set([...used, ...rows.spare]).size).toBe(used.size + it.spare);
      for (const row of [...rows.of, ...rows.spare]) expect(row >= 0 && row < rows.rows).toBe(true);
      await read(rows);
    } else {
      const id = pick(it.which);
      const text = id === undefined ? undefined : texts.get(id);
      if (id === undefined || text === undefined) continue;
      if (it.step === 'extend') await write(id, text.slice(0, Math.max(0, text.length - it.cut)), it.count);
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
    if (index % every === 0) await check();
  }
  await check();
  for (const id of texts.keys()) slots.release(id);
  slots.trim();
  expect(slots.usage).toMatchObject({ handles: 0, slots: 0, capacity: 0 });
}
