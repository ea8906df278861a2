import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromBfloat16, fromFloat16 } from '../../../src/models/checkpoint/half.js';
import { allFinite, widenInto } from '../../../src/models/checkpoint/numbers.js';

const bytesOf = (data: Uint16Array | Uint32Array): Uint8Array => new Uint8Array(data.buffer);
const floatOf = (pattern: number): number => new Float32Array(Uint32Array.of(pattern).buffer)[0] ?? NaN;

describe.each([
  ['F16', fromFloat16],
  ['BF16', fromBfloat16],
] as const)('%s', (dtype, from) => {
  it('every pattern counts as finite where it is, at every place', () => {
    for (let pattern = 0; pattern < 0x10000; pattern += 1) {
      const place = pattern % 11;
      const data = new Uint16Array(11).fill(0x0001);
      data[place] = pattern;
      if (allFinite(bytesOf(data), dtype) !== Number.isFinite(from(pattern))) {
        expect.fail(`pattern ${pattern.toString(16)} at ${place}`);
      }
    }
  });

  it('an odd one out is found at every place of every length, among the largest numbers', () => {
    const largest = dtype === 'F16' ? 0x7bff : 0x7f7f;
    for (let length = 1; length < 20; length += 1) {
      const data = new Uint16Array(length).fill(largest);
      expect(allFinite(bytesOf(data), dtype)).toBe(true);
      data.fill(largest | 0x8000);
      expect(allFinite(bytesOf(data), dtype)).toBe(true);
      for (let place = 0; place < length; place += 1) {
        for (const bad of [largest + 1, (largest + 1) | 0x8000, 0x7fff, 0xffff]) {
          const damaged = data.slice();
          damaged[place] = bad;
          expect(allFinite(bytesOf(damaged), dtype)).toBe(false);
        }
      }
    }
  });

  it('every pattern is widened to the number that it stands for', () => {
    const target = new Float32Array(0x10000 + 2);
    widenInto(target, 1, bytesOf(Uint16Array.from({ length: 0x10000 }, (_, pattern) => pattern)), dtype);
    const expected = Float32Array.from(target, (_, i) => (i === 0 || i === 0x10001 ? 0 : from(i - 1)));
    expect(target).toEqual(expected);
  });
});

describe('F32', () => {
  const pattern = fc.oneof(
    fc.integer({ min: 0, max: 2 ** 32 - 1 }),
    fc.constantFrom(0x7f7fffff, 0xff7fffff, 0x7f800000, 0xff800000, 0x7f800001, 0xffffffff, 0x80000000),
  );

  it('is finite where every number is', () => {
    fc.assert(
      fc.property(fc.array(pattern, { maxLength: 9 }), (patterns) => {
        const finite = patterns.every((each) => Number.isFinite(floatOf(each)));
        expect(allFinite(bytesOf(Uint32Array.from(patterns)), 'F32')).toBe(finite);
      }),
      { seed: 1, numRuns: 2000 },
    );
  });

  it('is taken as it is', () => {
    const target = new Float32Array(4);
    widenInto(target, 1, bytesOf(Uint32Array.of(0x7fc12345, 0x3f800000)), 'F32');
    expect([...new Uint32Array(target.buffer)]).toEqual([0, 0x7fc12345, 0x3f800000, 0]);
  });
});
