import fc from 'fast-check';
import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { glyphsOf } from '../../../src/cli/terminal/printable.js';
import { printable } from '../../../src/graph/visible.js';

const texts = fc.string({ unit: 'binary', maxLength: 40 });

describe('glyphsOf', () => {
  it('gives pieces as wide as a terminal shows them', () => {
    fc.assert(
      fc.property(texts, (text) => {
        for (const glyph of glyphsOf(text)) {
          if (glyph.kind === 'line') expect(glyph).toMatchObject({ text: '', width: 0 });
          else expect(glyph.width).toBeGreaterThan(0);
          if (glyph.kind === 'glyph' && !glyph.text.startsWith('\u25cc'))
            expect(glyph.width).toBe(stringWidth(glyph.text));
        }
      }),
    );
  });

  it('shows controls and what reorders text as stand-ins', () => {
    expect(
      glyphsOf('\u001b[2J\u0007\u007f\u009b\u202e')
        .map(({ text }) => text)
        .join(''),
    ).toBe('\u241b[2J\u2407\u2421\ufffd\ufffd');
  });

  it('keeps joined and accented characters whole', () => {
    const family = '\u{1f468}\u200d\u{1f469}\u200d\u{1f467}';
    expect(glyphsOf(`e\u0301${family}`).map(({ text }) => text)).toEqual(['e\u0301', family]);
  });

  it('ends lines at line ends of every system', () => {
    expect(glyphsOf('a\r\nb\nc').map(({ kind }) => kind)).toEqual(['glyph', 'line', 'glyph', 'line', 'glyph']);
  });
});

describe('printable', () => {
  it('leaves nothing that steers a terminal, and ordinary text as it is', () => {
    fc.assert(
      fc.property(texts, (text) => {
        expect(printable(text).replaceAll(/[\n\t]/g, '')).not.toMatch(/[\p{Cc}\p{Cs}\p{Bidi_Control}]/u);
      }),
    );
    expect(printable('To be,\n\tor not\u2014caf\u00e9 \u6f22')).toBe('To be,\n\tor not\u2014caf\u00e9 \u6f22');
  });
});
