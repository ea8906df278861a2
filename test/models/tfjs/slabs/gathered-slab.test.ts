import type { Tensor } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import { capacityUnit, type KeyValues } from '../../../../src/models/tfjs/network/attention.js';
import type { Tf } from '../../../../src/models/tfjs/backend.js';
import { assembleByGathering } from '../../../../src/models/tfjs/slabs/gathered-slab.js';
import { loadTensorBackend } from '../../../../src/models/tfjs/load.js';
import { assemble, Slab, type Stored } from '../../../../src/models/tfjs/slabs/slab.js';

const [heads, width, layers] = [2, 3, 2];

let tf: Tf;
beforeAll(async () => {
  ({ tf } = await loadTensorBackend('cpu'));
});

/** Keys and values of which each number tells where it is; `of` tells tensors apart. */
function keyValues(rows: number, positions: number, of: number, value = (at: number) => at): KeyValues {
  const size = rows * heads * positions * width;
  const numbers = (from: number) => Float32Array.from({ length: size }, (_, i) => value(from + i));
  return {
    keys: tf.tensor4d(numbers(of * 1e5), [rows, heads, width, positions]),
    values: tf.tensor4d(numbers(of * 1e5 + 5e4), [rows, heads, positions, width]),
  };
}

const slabOf = (rows: number, capacity: number, of: number, value?: (at: number) => number): Slab =>
  new Slab(
    tf,
    Array.from({ length: layers }, (_, layer) => keyValues(rows, capacity, of + 10 * layer, value)),
  );

/** The first `length` positions of a row of a slab's tensor. */
function used(tensor: Tensor, part: keyof KeyValues, row: number, length: number): number[] {
  const size = [1, heads, ...(part === 'keys' ? [width, length] : [length, width])];
  return tf.tidy(() => [...tf.slice(tensor, [row, 0, 0, 0], size).dataSync()]);
}

interface Case {
  readonly slabs: readonly { readonly rows: number; readonly units: number }[];
  readonly rows: readonly { readonly slab: number; readonly row: number; readonly share: number }[];
  readonly added: number;
}

const cases: fc.Arbitrary<Case> = fc.record({
  slabs: fc.array(fc.record({ rows: fc.integer({ min: 1, max: 4 }), units: fc.constantFrom(1, 2) }), {
    minLength: 1,
    maxLength: 3,
  }),
  rows: fc.array(fc.record({ slab: fc.nat(3), row: fc.nat(3), share: fc.constantFrom(0, 0.3, 0.9, 1) }), {
    minLength: 1,
    maxLength: 6,
  }),
  added: fc.constantFrom(0, 1, 5, 16),
});

it('rows and new tokens are put together by gathering as they are one by one', () =>
  fc.assert(
    fc.property(cases, ({ slabs, rows, added }) => {
      const before = tf.memory().numTensors;
      const made = slabs.map(({ rows: count, units }, of) => slabOf(count, units * capacityUnit, of));
      const stored = rows.map(({ slab: from, row, share }): Stored => {
        const slab = made[from];
        if (slab === undefined) return { place: null, length: 0 };
        return { place: { slab, row: row % slab.rows }, length: Math.floor(share * slab.capacity) };
      });
      if (added === 0 && stored.every(({ length }) => length === 0)) return;
      const fresh =
        added === 0
          ? null
          : Array.from({ length: layers }, (_, layer) => keyValues(rows.length, added, 5 + 10 * layer));
      const kept = tf.memory().numTensors;
      const expected = assemble(tf, stored, fresh);
      const found = assembleByGathering(tf, stored, fresh);
      expect(tf.memory().numTensors).toBe(kept + 2 * 2 * layers);
      expect([found.rows, found.capacity]).toEqual([expected.rows, expected.capacity]);
      expected.layers.forEach((layer, index) => {
        for (const part of ['keys', 'values'] as const) {
          expect(found.layers[index]?.[part].shape).toEqual(layer[part].shape);
          stored.forEach(({ length }, row) => {
            const other = found.layers[index]?.[part];
            if (other === undefined) throw new Error('a layer is missing');
            expect(used(other, part, row, length + added)).toEqual(used(layer[part], part, row, length + added));
          });
        }
      });
      for (const slab of [expected, found, ...made]) slab.release();
      if (fresh !== null) tf.dispose(fresh.map(({ keys, values }) => [keys, values]));
      expect(tf.memory().numTensors).toBe(before);
    }),
    { numRuns: 150, seed: 1 },
  ));

it('what is no number in one row gets into no other, not even into the padding', () => {
  const odd = slabOf(1, capacityUnit, 0, () => NaN);
  const sound = slabOf(1, capacityUnit, 1);
  const stored: Stored[] = [
    { place: { slab: odd, row: 0 }, length: 9 },
    { place: { slab: sound, row: 0 }, length: 3 },
    { place: null, length: 0 },
  ];
  for (const fresh of [null, Array.from({ length: layers }, () => keyValues(3, 2, 2))]) {
    const found = assembleByGathering(tf, stored, fresh);
    for (const { keys, values } of found.layers) {
      for (const row of [1, 2]) {
        expect(used(keys, 'keys', row, found.capacity)).not.toContain(NaN);
        expect(used(values, 'values', row, found.capacity)).not.toContain(NaN);
      }
    }
    found.release();
  }
  odd.release();
  sound.release();
});
