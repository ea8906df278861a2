import type { Terminal } from '../../../src/cli/live/screen.js';

const escape = '\u001b';
const pieces = new RegExp(`${escape}\\[\\??[\\d;]*[A-Za-z]|\\r|\\n|[^${escape}\\r\\n]+`, 'g');
const cursorUp = new RegExp(`^${escape}\\[(\\d+)A$`);

/** Enough of a terminal to see where text ends up: moves, line clearing, no scrolling above what it holds. */
export class FakeTerminal implements Terminal {
  readonly columns: number = 60;
  readonly rows: number = 10;
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
