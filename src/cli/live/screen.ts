import type { Output } from '../session.js';
import { sizeOfTerminal, type TerminalSize } from '../terminal/size.js';

/** What the screen needs of a terminal. */
export type Terminal = Pick<Output, 'columns' | 'rows' | 'writableNeedDrain' | 'write'>;

const hideCursor = '\u001b[?25l';
const showCursor = '\u001b[?25h';
const clearToLineEnd = '\u001b[K';
const clearBelow = '\u001b[J';
const clearAll = '\u001b[H\u001b[2J';
/** Synchronized output: a terminal that knows it shows the frame in one piece, others ignore it. */
const beginFrame = '\u001b[?2026h';
const endFrame = '\u001b[?2026l';

/**
 * Repaints a few lines in place, below what is already on the terminal. Lines must not be wider than the
 * terminal, nor as many as it has rows. The cursor waits, hidden, on the last line of the frame.
 */
export class Screen {
  private readonly terminal: Terminal;
  private shown: readonly string[] = [];
  private active = false;
  private cleared = false;

  constructor(terminal: Terminal) {
    this.terminal = terminal;
  }

  get size(): TerminalSize {
    return sizeOfTerminal(this.terminal);
  }

  /** Shows a frame in place of the one before. Skipped while the terminal has not taken the last one. */
  draw(lines: readonly string[]): void {
    if (this.terminal.writableNeedDrain) return;
    if (this.active && lines.length === this.shown.length && lines.every((line, i) => line === this.shown[i])) return;
    this.terminal.write(beginFrame + (this.active ? '' : hideCursor) + this.repaint(lines, false) + endFrame);
    this.active = true;
    this.shown = lines;
  }

  /** After the terminal's size has changed: it may have re-wrapped what was there, so that nothing can be kept. */
  resized(): void {
    if (this.active) this.cleared = true;
  }

  /** Replaces the frame by these lines for good, of any number, and gives the cursor back on the line below. */
  close(lines: readonly string[]): void {
    this.terminal.write(beginFrame + this.repaint(lines, true) + '\r\n' + endFrame + showCursor);
    this.active = false;
    this.shown = [];
  }

  /** Gives the cursor back below the frame and leaves the frame where it is. */
  abandon(): void {
    if (!this.active) return;
    this.terminal.write(`\r\n${showCursor}`);
    this.active = false;
    this.shown = [];
  }

  private repaint(lines: readonly string[], whole: boolean): string {
    const fresh = this.cleared;
    this.cleared = false;
    const old = fresh ? [] : this.shown;
    const up = old.length > 1 ? `\u001b[${String(old.length - 1)}A` : '';
    const home = fresh ? clearAll : `${up}\r`;
    const below = whole || lines.length < old.length ? clearBelow : '';
    // Clearing comes before the text: behind a full line the cursor still stands on its last column.
    const body = lines.map((line, i) => (!whole && line === old[i] ? '' : clearToLineEnd + line));
    const last = lines.at(-1) ?? '';
    return `${home}${body
      .slice(0, -1)
      .map((line) => `${line}\r\n`)
      .join('')}${below === '' ? (body.at(-1) ?? '') : below + last}`;
  }
}
