import { describe, expect, it } from 'vitest';
import { Screen } from '../../../src/cli/live/screen.js';

const escape = '\u001b';
const pieces = new RegExp(`${escape}\\[\\??[\\d;]*[A-Za-z]|\\r|\\n|[^${escape}\\r\\n]+`, 'g');
const cursorUp = new RegExp(`^${escape}\\[(\\d+)A$`);

/** Enough of a terminal to see where text ends up: moves, line clearing, no scrolling above what it holds. */
class FakeTerminal {
  readonly columns: number | undefined = 20;
  readonly rows: number | undefined = 10;
  writableNeedDrain = false;
  readonly lines: string[] = [''];
  cursorHidden = false;
  private row = 0;
  private column = 0;

  write(text: string): boolean {
    for (const [piece] of text.matchAll(pieces)) this.apply(piece);
    return true;
  }

  private apply(piece: string): void {
    const up = cursorUp.exec(piece);
    if (piece === '\r') this.column = 0;
    else if (piece === '\n') {
      this.row++;
      this.lines[this.row] ??= '';
    } else if (up !== null) this.row = Math.max(0, this.row - Number(up[1]));
    else if (piece === '\u001b[K') this.lines[this.row] = (this.lines[this.row] ?? '').slice(0, this.column);
    else if (piece === '\u001b[J') {
      this.lines[this.row] = (this.lines[this.row] ?? '').slice(0, this.column);
      this.lines.length = this.row + 1;
    } else if (piece === '\u001b[H') this.row = this.column = 0;
    else if (piece === '\u001b[2J') this.lines.fill('');
    else if (piece === '\u001b[?25l') this.cursorHidden = true;
    else if (piece === '\u001b[?25h') this.cursorHidden = false;
    else if (!piece.startsWith('\u001b')) {
      const line = this.lines[this.row] ?? '';
      this.lines[this.row] = line.slice(0, this.column) + piece + line.slice(this.column + piece.length);
      this.column += piece.length;
    }
  }
}

describe('Screen', () => {
  it('replaces the frame before, whether it was longer or shorter', () => {
    const terminal = new FakeTerminal();
    terminal.write('$ run\r\n');
    const screen = new Screen(terminal);
    const frames = [['one', 'two'], ['one', 'three', 'four'], ['1', 'three'], ['1', 'three'], ['1']];
    for (const frame of frames) {
      screen.draw(frame);
      expect(terminal.lines).toEqual(['$ run', ...frame]);
    }
  });

  it('hides the cursor during the show and gives it back below the text', () => {
    const terminal = new FakeTerminal();
    const screen = new Screen(terminal);
    screen.draw(['a', 'b']);
    expect(terminal.cursorHidden).toBe(true);
    screen.close(['whole', 'text', 'figures']);
    expect(terminal.lines).toEqual(['whole', 'text', 'figures', '']);
    expect(terminal.cursorHidden).toBe(false);
  });

  it('gives the cursor back when it is left alone, once', () => {
    const terminal = new FakeTerminal();
    const screen = new Screen(terminal);
    screen.draw(['a']);
    screen.abandon();
    screen.abandon();
    expect(terminal.lines).toEqual(['a', '']);
    expect(terminal.cursorHidden).toBe(false);
  });

  it('begins anew after a resize', () => {
    const terminal = new FakeTerminal();
    const screen = new Screen(terminal);
    screen.draw(['a line that the terminal may have wrapped', 'b']);
    screen.resized();
    screen.draw(['c']);
    expect(terminal.lines[0]).toBe('c');
    expect(terminal.lines.slice(1).join('')).toBe('');
  });

  it('leaves out frames while the terminal is behind', () => {
    const terminal = new FakeTerminal();
    const screen = new Screen(terminal);
    terminal.writableNeedDrain = true;
    screen.draw(['a']);
    expect(terminal.lines).toEqual(['']);
  });
});
