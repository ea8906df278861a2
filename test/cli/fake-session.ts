import { PassThrough } from 'node:stream';
import type { Output, Session } from '../../src/cli/session.js';

/** A stream that keeps what it gets. */
export class FakeOutput extends PassThrough implements Output {
  readonly isTTY: boolean;
  columns = 80;
  readonly rows = 24;
  text = '';

  constructor(isTTY: boolean) {
    super();
    this.isTTY = isTTY;
    this.on('data', (chunk: Buffer) => {
      this.text += chunk.toString('utf8');
    });
  }
}

export interface FakeSession extends Session {
  readonly stdout: FakeOutput;
  readonly stderr: FakeOutput;
  /** What Ctrl-C does. */
  interrupt(): void;
}

export function fakeSession(
  options: { readonly isTTY?: boolean; readonly environment?: NodeJS.ProcessEnv } = {},
): FakeSession {
  const stopping = new AbortController();
  return {
    stdout: new FakeOutput(options.isTTY ?? false),
    stderr: new FakeOutput(false),
    environment: options.environment ?? {},
    signal: stopping.signal,
    get stopReason() {
      return stopping.signal.aborted ? 'interrupt' : null;
    },
    beforeEnd: () => () => undefined,
    interrupt: () => {
      stopping.abort();
    },
  };
}
