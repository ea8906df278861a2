import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromBfloat16, fromFloat16, toBfloat16, toFloat16 } from '../../../src/models/checkpoint/half.js';

const formats = [
  { name: 'float16', to: toFloat16, from: fromFloat16, largest: 65504, infinity: 0x7c00, one: 0x3c00 },
  {
    name: 'bfloat16',
    to: toBfloat16,
    from: fromBfloat16,
    largest: 2 ** 127 * (2 - 2 ** -7),
    infinity: 0x7f80,
    one: 0x3f80,
  },
] as const;

describe.each(formats)('$name', ({ to, from, largest, infinity, one }) => {
  it('gives every pattern back, but for the payload of NaN', () => {
    for (let pattern = 0; pattern < 0x10000; pattern += 1) {
      const value = from(pattern);
      if (Number.isNaN(value)) expect(from(to(value))).toBeNaN();
      else expect(to(value)).toBe(pattern);
    }
  });

  it('has the format of IEEE 754', () => {
    expect(from(one)).toBe(1);
    expect(from(infinity)).toBe(Infinity);
    expect(from(infinity - 1)).toBe(largest);
    expect(from(0x8000)).toBe(-0);
    expect(to(-0)).toBe(0x8000);
  });

  it('rounds to the nearest number, to the even pattern where two are as near', () => {
    const check = (value: number) => {
      const magnitude = Math.abs(value);
      const pattern = to(value) & 0x7fff;
      // The next number up counts as finite when it decides on overflow, as the standard has it.
      const valueOf = (p: number) => (p === infinity ? largest + (largest - from(infinity - 2)) : from(p));
      const distance = Math.abs(valueOf(pattern) - magnitude);
      for (const neighbour of [pattern - 1, pattern + 1]) {
        if (neighbour < 0 || neighbour > infinity) continue;
        const other = Math.abs(valueOf(neighbour) - magnitude);
        expect(distance <= other).toBe(true);
        if (distance === other) expect(pattern % 2).toBe(0);
      }
      expect(to(value) >>> 15).toBe(Object.is(Math.sign(value), -1) || Object.is(value, -0) ? 1 : 0);
    };
    fc.assert(fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), check), { numRuns: 3000, seed: 1 });
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: infinity - 2 }),
        fc.constantFrom(0, 2 ** -12, -(2 ** -12)),
        (pattern, push) => {
          const middle = (from(pattern) + from(pattern + 1)) / 2;
          check(Math.fround(middle * (1 + push)));
        },
      ),
      { numRuns: 3000, seed: 1 },
    );
  });
});
