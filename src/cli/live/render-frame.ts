import type { ParamSpecs } from '../../graph/params.js';
import { arrangeRows } from './arrange-rows.js';
import type { TokenText } from './cells.js';
import { figuresLine, progressRule, titleLine } from './figures.js';
import type { Paint } from './paint.js';
import type { ViewState } from './view.js';

export interface FrameOptions {
  /** Size of the terminal. A frame is never wider, and always a line lower, so that nothing scrolls. */
  readonly columns: number;
  /** `Infinity` shows every row whole. */
  readonly rows: number;
  /** Milliseconds on the show's clock: decides which flashes are over. */
  readonly now: number;
  readonly text: TokenText;
  readonly paint: Paint;
  /** The pipeline's parameters: those at their defaults are not mentioned. */
  readonly params: ParamSpecs;
  /** Lines that the text takes at least, so that what is below stays in place when a block loses a line break. */
  readonly textLines?: number;
}

export interface Frame {
  readonly lines: readonly string[];
  /** How many of them are text. */
  readonly textLines: number;
}

/** Lower terminals get no title and no empty lines. */
const roomyRows = 9;

/** The lines of one moment of a run: title, text, progress and figures. Pure. */
export function renderFrame(view: ViewState, options: FrameOptions): Frame {
  const { columns, rows, paint } = options;
  const roomy = rows >= roomyRows;
  const above = roomy ? [titleLine(view, columns, paint, options.params), ''] : [];
  const below = [
    ...(roomy ? [''] : []),
    ...(rows > 3 ? [progressRule(view, columns, paint)] : []),
    ...(rows > 2 ? [figuresLine(view, columns, paint)] : []),
  ];
  const room = Math.max(1, rows - 1 - above.length - below.length);
  const text = arrangeRows(view, room, options);
  const empty = Math.max(0, Math.min(room, options.textLines ?? 0) - text.length);
  return {
    lines: [...above, ...text, ...new Array<string>(empty).fill(''), ...below],
    textLines: text.length + empty,
  };
}
