import stringWidth from 'string-width';
import { unsafe, visible } from '../../graph/visible.js';

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

/** Splits text into what a terminal shows; what it must not get becomes a visible stand-in. */
export function glyphsOf(text: string): readonly Glyph[] {
  const pieces = plainAscii.test(text) ? [...text] : [...graphemes.segment(text)].map(({ segment }) => segment);
  return pieces.map(glyphOf);
}

function glyphOf(piece: string): Glyph {
  if (piece === '\n' || piece === '\r\n') return lineEnd;
  if (piece === ' ') return { text: ' ', width: 1, kind: 'space' };
  if (piece === '\t') return { text: '  ', width: 2, kind: 'space' };
  const text = unsafe.test(piece) ? visible(piece) : piece;
  const width = /^[!-~]$/.test(text) ? 1 : stringWidth(text);
  // A combining character with nothing to sit on gets the customary dotted circle.
  return width > 0 ? { text, width, kind: 'glyph' } : { text: `\u25cc${text}`, width: 1, kind: 'glyph' };
}
