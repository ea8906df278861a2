import { note } from '../report.js';
import type { Session } from '../session.js';
import { visible } from '../../graph/visible.js';
import { sizeOfTerminal } from './size.js';

/** One line on stderr that changes while work goes on; where stderr is no terminal, nothing of it is seen. */
export class ChangingLine {
  private readonly session: Session;
  private open = false;

  constructor(session: Session) {
    this.session = session;
  }

  /** Whether a person sees lines change. */
  get live(): boolean {
    return this.session.stderr.isTTY === true;
  }

  change(text: string): void {
    const { stderr, stopReason } = this.session;
    if (!this.live || stopReason === 'closed') return;
    stderr.write(`\r\u001b[K${visible(text).slice(0, Math.max(1, sizeOfTerminal(stderr).columns - 1))}`);
    this.open = true;
  }

  /** A line that stays, below the changing one as it was last. */
  stay(text: string): void {
    this.end();
    note(this.session, visible(text));
  }

  /** What is written next begins on a line of its own. */
  end(): void {
    if (this.open) note(this.session, '');
    this.open = false;
  }

  /** The same, with the changing line wiped away. */
  wipe(): void {
    if (this.open) this.session.stderr.write('\r\u001b[K');
    this.open = false;
  }
}
