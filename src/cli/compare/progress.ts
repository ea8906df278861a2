import type { CompareEvent } from '../../evaluation/compare.js';
import { note } from '../report.js';
import type { Session } from '../session.js';

type Taken = Extract<CompareEvent, { readonly type: 'sample' | 'failed' }>;

/** How far a comparison is, on stderr: one line that changes in a terminal, ten lines elsewhere. */
export class CompareProgress {
  private readonly session: Session;
  private readonly began = performance.now();
  private open = false;
  private tenths = 0;

  constructor(session: Session) {
    this.session = session;
  }

  show({ done, total }: Taken, setting: string): void {
    const seconds = (performance.now() - this.began) / 1000;
    const left = (seconds / done) * (total - done);
    const line = `row ${String(done)} of ${String(total)}, ${duration(left)} left  (${setting})`;
    const { stderr } = this.session;
    if (stderr.isTTY === true) {
      stderr.write(`\r\u001b[K${line.slice(0, Math.max(1, (stderr.columns ?? 80) - 1))}`);
      this.open = true;
    } else if (Math.floor((10 * done) / total) > this.tenths) {
      this.tenths = Math.floor((10 * done) / total);
      note(this.session, line);
    }
  }

  /** Leaves the line free for what comes next. */
  close(): void {
    if (this.open) this.session.stderr.write('\r\u001b[K');
    this.open = false;
  }
}

function duration(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  return minutes === 0 ? `${seconds.toFixed(0)} s` : `${String(minutes)} min ${(seconds % 60).toFixed(0)} s`;
}
