import { arrangeRows } from './arrange-rows.js';
import type { FrameOptions } from './frame-options.js';
import { figuresLine, progressRule, titleLine } from './figures.js';
import type { ViewState } from './view.js';

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
