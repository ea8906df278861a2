import fc from 'fast-check';
import { expect, it } from 'vitest';
import stringWidth from 'string-width';
import { wrapped } from '../../../src/cli/doctor/wrapped.js';

it('keeps every word, and lines within the width where words are', () => {
  const word = fc.string({ unit: fc.constantFrom('a', '-', '日'), minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(fc.array(word, { minLength: 1 }), fc.integer({ min: 24, max: 60 }), (words, width) => {
      const lines = wrapped(words.join(' '), width);
      expect(lines.join(' ')).toBe(words.join(' '));
      for (const [i, line] of lines.entries()) {
        expect(stringWidth(line)).toBeLessThanOrEqual(width);
        // None is broken too early.
        const [next = ''] = lines[i + 1]?.split(' ') ?? [];
        if (i + 1 < lines.length) expect(stringWidth(`${line} ${next}`)).toBeGreaterThan(width);
      }
    }),
  );
});

it('gives a word that is too long a line of its own', () => {
  const long = 'x'.repeat(40);
  expect(wrapped(`a ${long} b`, 24)).toEqual(['a', long, 'b']);
});
