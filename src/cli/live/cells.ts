import { givenAt, givenEnd } from '../../graph/given.js';
import { glyphsOf, type Glyph } from '../terminal/printable.js';
import type { RowState, RunState } from '../../runtime/run-state.js';
import { flashMilliseconds, glowMilliseconds, type RowView } from './view.js';

/** How a cell is to look; what that means in colours is decided by `Paint`. */
export type Look =
  | { readonly type: 'prompt' | 'committed' | 'corrected' | 'drafted' }
  /** A token that was doubted, shown for a moment in the place that it has lost; `corrected` is what was committed there. */
  | { readonly type: 'flash' }
  /** `tinted` for a while after a flash. */
  | { readonly type: 'mask' | 'noise'; readonly tinted: boolean }
  /** A token of the block that stands for now. */
  | { readonly type: 'drawn'; readonly confidence: number; readonly fresh: boolean; readonly tinted: boolean };

/** One glyph of a row. */
export interface Cell extends Glyph {
  readonly look: Look;
  /** Whether a line may end before and after it, words or not: a block that is being worked on must not jump about. */
  readonly loose: boolean;
}

/** How tokens become text: a model's tokenizer, or numbers where it has none. */
export interface TokenText {
  decode(tokens: readonly number[]): string;
  /** What stands for one masked position, as wide as a token usually is. */
  readonly mask: string;
}

const prompt: Look = { type: 'prompt' };
const committed: Look = { type: 'committed' };
const corrected: Look = { type: 'corrected' };
/** Written by a draft subgraph: it may never be committed. */
const drafted: Look = { type: 'drafted' };
const flash: Look = { type: 'flash' };

/** Below this confidence a line break of an unfinished block is only drawn, not obeyed. */
const sureOfBreak = 0.5;

/** The glyphs of a row: its committed text, the draft behind it, the block being worked on, and what is given behind that. */
export function cellsOf(
  row: RowState,
  view: RowView,
  { maskId }: Pick<RunState, 'maskId'>,
  text: TokenText,
  now: number,
): readonly Cell[] {
  return [
    ...settled(row.tokens.slice(0, row.promptLength), prompt, text),
    ...writtenCells(row, view, text, now),
    ...draftCells(row, text),
    ...blockCells(row, view, maskId, text, now),
    ...templateCells(row, text),
  ];
}

/** Committed tokens are decoded together, since a character may be made of several; only what looks different stands alone. */
function writtenCells(row: RowState, { flashes }: RowView, text: TokenText, now: number): Cell[] {
  const { tokens, promptLength, template } = row;
  const places = new Set(flashes.filter(({ since }) => now - since < glowMilliseconds).map(({ position }) => position));
  const lookAt = (at: number): Look => {
    if (givenAt(template, at) !== undefined) return prompt;
    return places.has(at) ? corrected : committed;
  };
  return inRuns(tokens.slice(promptLength), promptLength, lookAt, text);
}

/** What is tried out behind the committed text. */
const draftCells = ({ tokens, draft, template }: RowState, text: TokenText): Cell[] =>
  inRuns(draft, tokens.length, (at) => (givenAt(template, at) === undefined ? drafted : prompt), text);

/** Tokens from the position `start` of the row on; neighbours of one look are decoded together, corrections alone. */
function inRuns(tokens: readonly number[], start: number, lookAt: (at: number) => Look, text: TokenText): Cell[] {
  const cells: Cell[] = [];
  for (let from = 0, to = from; from < tokens.length; from = to) {
    const look = lookAt(start + from);
    do to++;
    while (to < tokens.length && look !== corrected && lookAt(start + to) === look);
    for (const cell of settled(tokens.slice(from, to), look, text)) cells.push(cell);
  }
  return cells;
}

/** What the row still has to come to, with the holes that are open between. */
function templateCells({ tokens, draft, block, template }: RowState, text: TokenText): Cell[] {
  const reached = block === null ? tokens.length + draft.length : block.start + block.tokens.length;
  return template
    .slice(reached, givenEnd(template))
    .flatMap((token) =>
      token === null ? pending(text.mask, { type: 'mask', tinted: false }) : pending(text.decode([token]), prompt),
    );
}

function settled(tokens: readonly number[], look: Look, text: TokenText): Cell[] {
  if (tokens.length === 0) return [];
  return glyphsOf(text.decode(tokens)).map((glyph) => ({ ...glyph, look, loose: false }));
}

function blockCells(
  { block, template }: RowState,
  view: RowView,
  maskId: number | null,
  text: TokenText,
  now: number,
): Cell[] {
  if (block === null) return [];
  const flashes = new Map(view.flashes.map((each) => [each.position, each]));
  return block.tokens.flatMap((token, i) => {
    if (givenAt(template, block.start + i) !== undefined) return pending(text.decode([token]), prompt);
    const doubted = flashes.get(block.start + i);
    const age = doubted === undefined ? Infinity : now - doubted.since;
    if (doubted !== undefined && age < flashMilliseconds) return pending(text.decode([doubted.token]), flash);
    const tinted = age < glowMilliseconds;
    if (token === maskId) return pending(text.mask, { type: 'mask', tinted });
    const state = view.drawn[i];
    if (state === null || state === undefined) return pending(text.decode([token]), { type: 'noise', tinted });
    return pending(text.decode([token]), { type: 'drawn', ...state, tinted });
  });
}

/** A token that is not committed yet: its line breaks are seen as well as obeyed. */
function pending(text: string, look: Look): Cell[] {
  const obeyed = look.type === 'prompt' || (look.type === 'drawn' && look.confidence >= sureOfBreak);
  return glyphsOf(text).map((glyph) => {
    if (glyph.kind !== 'line') return { ...glyph, look, loose: true };
    return { text: '\u21b5', width: 1, kind: obeyed ? 'line' : 'glyph', look, loose: true };
  });
}
