import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Cell } from '../../../src/cli/live/cells.js';
import { wrap } from '../../../src/cli/live/wrap.js';
import { glyphsOf } from '../../../src/cli/terminal/printable.js';

const cellsFor = (text: string, loose = false): Cell[] =>
  glyphsOf(text).map((glyph) => ({ ...glyph, look: { type: 'committed' }, loose }));
const wrapped = (text: string, columns: number, loose = false): string[] =>
  wrap(cellsFor(text, loose), columns).map((line) => line.map((cell) => cell.text).join(''));

describe('wrap', () => {
  it('breaks at spaces and keeps those inside and at the beginning of a line', () => {
    expect(wrapped('  aa b  c dd', 6)).toEqual(['  aa b', 'c dd']);
  });

  it('keeps line ends, empty lines included', () => {
    expect(wrapped('a\n\nb\n', 10)).toEqual(['a', '', 'b', '']);
  });

  it('cuts words that are longer than a line', () => {
    expect(wrapped('ab abcdefgh', 4)).toEqual(['ab ', 'abcd', 'efgh']);
  });

  it('cuts loose text anywhere, so that a block stays where it is', () => {
    expect(wrapped('ab cdef', 4, true)).toEqual(['ab c', 'def']);
  });

  it('does not part a wide character', () => {
    expect(wrapped('a\u6f22\u6f22', 4)).toEqual(['a\u6f22', '\u6f22']);
  });

  it('loses nothing but spaces, and no line is too wide', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('a', 'bc', ' ', '  ', '\n', '\u6f22', '\u{1f600}'), { maxLength: 60 }),
        fc.integer({ min: 2, max: 12 }),
        fc.boolean(),
        (pieces, columns, loose) => {
          const cells = cellsFor(pieces.join(''), loose);
          const lines = wrap(cells, columns);
          const solid = (some: readonly Cell[]): string => some.map(({ text }) => text.trim()).join('');
          expect(solid(lines.flat())).toBe(solid(cells));
          for (const line of lines)
            expect(line.reduce((sum, { width }) => sum + width, 0)).toBeLessThanOrEqual(columns);
        },
      ),
    );
  });
});
