import type { TokenText } from '../../../src/cli/live/cells.js';
import type { FrameOptions } from '../../../src/cli/live/frame-options.js';
import { createPaint } from '../../../src/cli/live/paint.js';
import { renderFrame, type Frame } from '../../../src/cli/live/render-frame.js';
import { advanceView, initialView, type ViewState } from '../../../src/cli/live/view.js';
import type { RunEvent } from '../../../src/runtime/events.js';

/** One character a token. */
export function characterText(characters: readonly string[]): TokenText {
  return { decode: (tokens) => tokens.map((token) => characters[token] ?? '\ufffd').join(''), mask: '\u2591' };
}

export const plain = createPaint(0);
export const colourful = createPaint(3);

/** Shows events one every `interval` milliseconds. */
export function viewAfter(events: readonly RunEvent[], interval = 10): ViewState {
  return events.reduce((view, event, i) => advanceView(view, { event, at: i * interval }, i * interval), initialView);
}

export function frameOf(view: ViewState, options: Partial<FrameOptions> & Pick<FrameOptions, 'text'>): Frame {
  return renderFrame(view, { columns: 80, rows: 24, now: Infinity, paint: plain, params: {}, ...options });
}

const escape = '\u001b';
const colours = new RegExp(`${escape}\\[[\\d;]*m`, 'g');

/** Text without escape sequences of colours. */
export const withoutColours = (text: string): string => text.replaceAll(colours, '');
