import type { Tokenizer } from 'samplewire/browser';
import type { Frame } from './frames.js';

/** A stretch of text that looks the same. */
interface Piece {
  readonly text: string;
  readonly look: string;
  /** Of a drafted token, from 0 to 1. */
  readonly confidence?: number;
}

/** Writes the one row of a frame into an element; what has not changed is left alone. */
export function drawRow(element: HTMLElement, frame: Frame, tokenizer: Tokenizer | null): void {
  const pieces = piecesOf(frame, (tokens) => tokenizer?.decode(tokens) ?? tokens.map((token) => `${token} `).join(''));
  pieces.forEach(({ text, look, confidence }, i) => {
    const known = element.children[i];
    const span = known instanceof HTMLSpanElement ? known : element.appendChild(document.createElement('span'));
    if (span.textContent !== text) span.textContent = text;
    if (span.className !== look) span.className = look;
    if (confidence === undefined) span.removeAttribute('style');
    else span.style.setProperty('--confidence', confidence.toFixed(2));
  });
  while (element.children.length > pieces.length) element.lastElementChild?.remove();
}

function piecesOf({ state, removed }: Frame, decode: (tokens: readonly number[]) => string): Piece[] {
  const row = state.rows[0];
  if (row === undefined) return [];
  const { tokens, promptLength, draft, block } = row;
  // Decoded together, since a character may be made of several tokens.
  const pieces: Piece[] = [
    { text: decode(tokens.slice(0, promptLength)), look: 'prompt' },
    { text: decode(tokens.slice(promptLength)), look: 'committed' },
  ];
  if (draft.length > 0) pieces.push({ text: decode(draft), look: 'draft' });
  block?.tokens.forEach((token, i) => {
    const position = block.start + i;
    if (position < tokens.length) return;
    const gone = removed.get(position);
    const confidence = block.confidence[i] ?? null;
    if (gone !== undefined)
      pieces.push({ text: onOneLine(gone === state.maskId ? '' : decode([gone])), look: 'removed' });
    else if (token === state.maskId) pieces.push({ text: '\u2591', look: 'mask' });
    else if (confidence === null) pieces.push({ text: onOneLine(decode([token])), look: 'mask' });
    else pieces.push({ text: onOneLine(decode([token])), look: 'drawn', confidence });
  });
  return pieces;
}

/** A line break in a block that is being worked on is only drawn: the text must not jump about. */
const onOneLine = (text: string): string => (text === '' ? '\u2591' : text.replaceAll('\n', '\u23ce'));
