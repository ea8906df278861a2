import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../../scripts/seeded-random.js';
import type { KeyValueData } from '../../../../src/models/onnx/network/network.js';
import { batchCalls, keyUnit, type SeatedCall } from '../../../../src/models/onnx/engine/batch.js';
import { NaiveNetwork, tinySize } from '../support/naive-network.js';

const capacity = 64;
const rows = 4;
const { layers, heads, width, vocabularySize } = tinySize;

/** Made-up cached keys and values [rows, heads, capacity, width]. */
const past: readonly KeyValueData[] = Array.from({ length: layers }, (_, layer) => {
  const random = seededRandom(layer);
  const part = () => Float32Array.from({ length: rows * heads * capacity * width }, () => random() * 2 - 1);
  return { keys: part(), values: part() };
});

const rowOf = (row: number): readonly KeyValueData[] => {
  const stride = heads * capacity * width;
  const part = (data: Float32Array) => data.subarray(row * stride, (row + 1) * stride);
  return past.map(({ keys, values }) => ({ keys: part(keys), values: part(values) }));
};

/** A call of any kind, as planning gives them. */
const call: fc.Arbitrary<SeatedCall> = fc
  .record({
    row: fc.integer({ min: 0, max: rows - 1 }),
    stored: fc.nat(capacity),
    mask: fc.constantFrom('none', 'denoise', 'ar-score', 'next-token'),
    pending: fc.nat(20),
    answers: fc.integer({ min: 1, max: 6 }),
    grid: fc.constantFrom(null, 4),
    seed: fc.nat(),
  })
  .map(({ seed, pending: some, ...shape }) => {
    const random = seededRandom(seed);
    const { mask, answers, stored } = shape;
    const pending = mask === 'next-token' ? some + 1 : some;
    const count = pending + (mask === 'ar-score' ? 2 * answers : mask === 'next-token' ? answers - 1 : answers);
    const tokens = Array.from({ length: count }, () => Math.floor(random() * vocabularySize));
    const probes = mask === 'ar-score' ? answers : 0;
    const positions = tokens.map((_, i) => stored + (i < count - probes ? i : i - probes));
    return { ...shape, pending, tokens, positions, keep: Math.floor(random() * (count + 1)) };
  });

/** Logits of each call and the keys and values of its tokens, from one pass. */
async function evaluate(calls: readonly SeatedCall[], of: readonly KeyValueData[], count: number) {
  const network = new NaiveNetwork();
  const { pass, seats } = batchCalls(calls, { rows: count, capacity });
  const logits = new Float32Array(pass.answers.length * vocabularySize);
  const fresh = await network.run({ ...pass, past: of, logits, reduction: null });
  return calls.map(({ keep, answers }, index) => {
    const { kept, answer } = seats[index] ?? { kept: NaN, answer: NaN };
    const part = (data: Float32Array) =>
      Array.from({ length: heads }, (_, head) => {
        const from = (head * pass.kept.length + kept) * width;
        return [...data.subarray(from, from + keep * width)];
      });
    return {
      logits: [...logits.subarray(answer * vocabularySize, (answer + answers) * vocabularySize)],
      fresh: fresh.map(({ keys, values }) => [part(keys), part(values)]).flat(3),
    };
  });
}

const largestDifference = (a: readonly number[], b: readonly number[]) =>
  a.length === b.length ? a.reduce((largest, value, i) => Math.max(largest, Math.abs(value - (b[i] ?? NaN))), 0) : NaN;

describe('a pass of many calls', () => {
  it('gives each call what it gets alone, whatever shares its row', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(call, { minLength: 1, maxLength: 7 }), async (calls) => {
        const together = await evaluate(calls, past, rows);
        for (const [index, one] of calls.entries()) {
          const [alone] = await evaluate([{ ...one, row: 0 }], rowOf(one.row), 1);
          expect(largestDifference(together[index]?.logits ?? [], alone?.logits ?? [NaN])).toBeLessThan(1e-5);
          expect(largestDifference(together[index]?.fresh ?? [], alone?.fresh ?? [NaN])).toBeLessThan(1e-5);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('follows the conventions that keep neighbours out of a row’s sums', () => {
    fc.assert(
      fc.property(fc.array(call, { minLength: 1, maxLength: 5 }), (calls) => {
        const { pass, seats } = batchCalls(calls, { rows, capacity });
        expect(pass.queries).toBeGreaterThanOrEqual(2);
        expect(pass.keys % keyUnit).toBe(0);
        expect(Math.min(pass.tokens.length, pass.answers.length)).toBeGreaterThanOrEqual(2);
        expect(pass.tokens.length).toBe(
          Math.max(
            2,
            calls.reduce((sum, { tokens }) => sum + tokens.length, 0),
          ),
        );
        expect([pass.positions.length, pass.places.length]).toEqual([pass.tokens.length, pass.tokens.length]);
        const firsts = calls.map((_, i) => calls.slice(0, i).reduce((sum, { tokens }) => sum + tokens.length, 0));
        const kept = calls.map(({ keep }, i) => Array.from({ length: keep }, (__, k) => (firsts[i] ?? NaN) + k));
        expect([...pass.kept]).toEqual(kept.flat());
        seats.forEach((seat, i) => expect(pass.kept[seat.kept]).toBe(kept[i]?.[0] ?? pass.kept[seat.kept]));
        // No query sees nothing, and padding of a row stands for a token of that row.
        const keys = capacity + pass.keys;
        for (let place = 0; place < rows * pass.queries; place += 1) {
          expect(pass.bias.subarray(place * keys, (place + 1) * keys)).toContain(0);
        }
        let token = 0;
        const owner = calls.flatMap(({ row, tokens }) => tokens.map(() => row));
        for (const { row } of calls) {
          for (const at of pass.keyTokens.subarray(row * pass.keys, (row + 1) * pass.keys)) expect(owner[at]).toBe(row);
          token += 1;
        }
        expect(token).toBe(calls.length);
      }),
    );
  });

  it('a token that is no number spoils only its own row', async () => {
    const network = new NaiveNetwork(tinySize, 6);
    const shape = { stored: 3, mask: 'denoise', pending: 0, answers: 1, grid: null } as const;
    const calls: SeatedCall[] = [
      { ...shape, row: 0, tokens: [6], positions: [3], keep: 0 },
      { ...shape, row: 1, tokens: [1], positions: [3], keep: 0 },
    ];
    const { pass } = batchCalls(calls, { rows, capacity });
    const logits = new Float32Array(pass.answers.length * vocabularySize);
    await network.run({ ...pass, past, logits, reduction: null });
    expect(logits.subarray(0, vocabularySize).every(Number.isNaN)).toBe(true);
    expect(logits.subarray(vocabularySize).every(Number.isFinite)).toBe(true);
  });
});
