import { describe, expect, it } from 'vitest';
import { withinTime } from '../../src/platform/within-time.js';

describe('withinTime', () => {
  it('gives what work returns', () => {
    expect(withinTime(10_000, () => 7)).toEqual({ value: 7 });
    expect(withinTime(10_000, () => undefined)).toEqual({ value: undefined });
    expect(withinTime(10_000, () => withinTime(10_000, () => 8))).toEqual({ value: { value: 8 } });
  });

  it('throws what the work throws, as it is', () => {
    const error = new TypeError('of this realm');
    expect(() =>
      withinTime(10_000, () => {
        throw error;
      }),
    ).toThrow(error);
  });

  it.each([
    ['a regular expression', () => /^(a+)+$/.test(`${'a'.repeat(60)}!`)],
    [
      'a loop',
      () => {
        for (;;);
      },
    ],
    ['a call inside of another', () => withinTime(100_000, () => /^(a+)+$/.test(`${'a'.repeat(60)}!`))],
  ])('stops %s, of which nothing runs afterwards', (_, work) => {
    let after = false;
    const ended = withinTime(100, () => {
      try {
        work();
      } finally {
        after = true;
      }
    });
    expect(ended).toBeUndefined();
    expect(after).toBe(false);
    expect(withinTime(10_000, () => 7)).toEqual({ value: 7 });
  });
});
