import stringWidth from 'string-width';

/** A piece of text that a terminal shows in `width` columns and that cannot steer it. */
export interface Glyph {
  readonly text: string;
  readonly width: number;
  /** `line` ends the line; it has no text of its own. */
  readonly kind: 'glyph' | 'space' | 'line';
}

const plainAscii = /^[\n -~]*$/;
const lineEnd: Glyph = { text: '', width: 0, kind: 'line' };
const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/**
 * Controls (C0, C1, DEL), lone surrogates, and format characters that reorder or hide text: what a model may write
 * and a terminal must not get. Joiners inside an emoji or a ligature belong to their grapheme.
 */
const unsafe = /[\p{Cc}\p{Cs}\p{Bidi_Control}\u200b\u2028\u2029\u2060\ufeff\ufff9-\ufffb\u{e0000}-\u{e0fff}]/u;
const unsafeEverywhere = new RegExp(unsafe.source, 'gu');

/** Splits text into what a terminal shows; what it must not get becomes a visible stand-in. */
export function glyphsOf(text: string): readonly Glyph[] {
  const pieces = plainAscii.test(text) ? [...text] : [...graphemes.segment(text)].map(({ segment }) => segment);
  return pieces.map(glyphOf);
}

function glyphOf(piece: string): Glyph {
  if (piece === '\n' || piece === '\r\n') return lineEnd;
  if (piece === ' ') return { text: ' ', width: 1, kind: 'space' };
  if (piece === '\t') return { text: '  ', width: 2, kind: 'space' };
  const text = unsafe.test(piece) ? piece.replaceAll(unsafeEverywhere, picture) : piece;
  const width = /^[!-~]$/.test(text) ? 1 : stringWidth(text);
  // A combining character with nothing to sit on gets the customary dotted circle.
  return width > 0 ? { text, width, kind: 'glyph' } : { text: `\u25cc${text}`, width: 1, kind: 'glyph' };
}

/** Unicode has pictures for the control characters of ASCII; the others become the replacement character. */
function picture(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x20) return String.fromCodePoint(0x2400 + code);
  return code === 0x7f ? '\u2421' : '\ufffd';
}

/** Text for a terminal, line breaks and tabs as they are. */
export const printable = (text: string): string =>
  text
    .replaceAll('\r\n', '\n')
    .replaceAll(unsafeEverywhere, (character) =>
      character === '\n' || character === '\t' ? character : picture(character),
    );
