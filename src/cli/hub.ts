import { match } from 'ts-pattern';
import type { HubEvent } from '../models/hub/events.js';
import type { HubOptions } from '../models/hub/settings.js';
import type { Session } from './session.js';
import { shareOf, sizeOf } from './size.js';
import { ChangingLine } from './terminal/changing-line.js';
import { durationOf } from './terminal/duration.js';

/** Does work that may download from the hub: with the session's environment, its wish to stop, and progress on stderr. */
export async function withHub<T>(session: Session, work: (hub: HubOptions) => Promise<T>): Promise<T> {
  const view = new DownloadView(session);
  try {
    return await work({
      signal: session.signal,
      environment: session.environment,
      progress: (event) => view.show(event),
    });
  } finally {
    view.end();
  }
}

/** Files below this many bytes come too fast to tell of. */
const small = 1e6;

/** Quarters of a file are told of where no line can change. */
const parts = 4;

/** Shows downloads on stderr: on a line that changes, or by quarters where there is none. */
export class DownloadView {
  private readonly line: ChangingLine;
  /** What was told last, so that it is not told again. */
  private told = '';

  constructor(session: Session) {
    this.line = new ChangingLine(session);
  }

  show(event: HubEvent): void {
    match(event)
      .with({ type: 'progress' }, ({ file, bytes, total, bytesPerSecond }) => {
        this.line.change(
          `${file}  ${shareOf(bytes, total)}  ${sizeOf(bytes)} of ${sizeOf(total)}${speed(bytes, total, bytesPerSecond)}`,
        );
        const part = total === 0 ? parts : Math.floor((parts * bytes) / total);
        if (total >= small) this.sparse(`${file}: ${String((100 / parts) * part)}% of ${sizeOf(total)}`);
      })
      .with({ type: 'waiting' }, ({ reason, seconds }) => {
        const text = seconds < 1 ? reason : `${reason}; trying again in ${seconds.toFixed(0)} s`;
        this.line.change(text);
        this.sparse(text);
      })
      .with({ type: 'cached' }, ({ reason, folder }) => {
        this.line.stay(`${reason}: using what was downloaded before (${folder})`);
      })
      .with({ type: 'finished' }, ({ files, bytes, source, commit, folder }) => {
        this.line.wipe();
        const what = files.length === 1 ? files.join('') : `${String(files.length)} files`;
        this.line.stay(`downloaded ${what} (${sizeOf(bytes)}) from ${source} at ${commit.slice(0, 8)} to ${folder}`);
      })
      .exhaustive();
  }

  end(): void {
    this.line.end();
  }

  private sparse(text: string): void {
    if (this.line.live || text === this.told) return;
    this.told = text;
    this.line.stay(text);
  }
}

function speed(bytes: number, total: number, bytesPerSecond: number): string {
  if (bytesPerSecond === 0) return '';
  const seconds = (total - bytes) / bytesPerSecond;
  return `  ${sizeOf(bytesPerSecond)}/s  ${durationOf(seconds)} left`;
}
