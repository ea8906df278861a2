import type { CompareEvent } from '../../evaluation/compare.js';
import type { Session } from '../session.js';
import { ChangingLine } from '../terminal/changing-line.js';
import { durationOf } from '../terminal/duration.js';

type Planned = Extract<CompareEvent, { readonly type: 'planning' }>;
type Taken = Extract<CompareEvent, { readonly type: 'sample' | 'failed' }>;

/** How far a comparison is, on stderr: one line that changes in a terminal, ten lines elsewhere. */
export class CompareProgress {
  private readonly line: ChangingLine;
  private began = performance.now();
  private tenths = 0;

  constructor(session: Session) {
    this.line = new ChangingLine(session);
  }

  /** Seconds where rows are long and steps many, so that only a person who sees lines change is told. */
  plan({ sampler, number, total }: Planned): void {
    this.line.change(`counting forwards of sampler ${String(number)} of ${String(total)}  (${sampler})`);
  }

  /** The rows begin. */
  begin(): void {
    this.close();
    this.began = performance.now();
  }

  show({ done, total }: Taken, setting: string): void {
    const seconds = (performance.now() - this.began) / 1000;
    const left = (seconds / done) * (total - done);
    const text = `row ${String(done)} of ${String(total)}, ${durationOf(left)} left  (${setting})`;
    const tenths = Math.floor((10 * done) / total);
    if (this.line.live) this.line.change(text);
    else if (tenths > this.tenths) this.line.stay(text);
    this.tenths = tenths;
  }

  /** Leaves the line free for what comes next. */
  close(): void {
    this.line.wipe();
  }
}
