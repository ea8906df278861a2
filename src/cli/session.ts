import { exitCodes } from './exit-code.js';

/** Why a command was asked to stop: Ctrl-C, SIGTERM, SIGHUP, or nobody reads its output any more. */
export type StopReason = 'interrupt' | 'terminate' | 'hangup' | 'closed';

/** What a command needs of an output stream; `process.stdout` has it. */
export interface Output {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
  readonly writableNeedDrain: boolean;
  write(text: string): boolean;
  on(event: 'drain' | 'error' | 'close' | 'resize', listener: () => void): unknown;
  off(event: 'drain' | 'error' | 'close' | 'resize', listener: () => void): unknown;
}

/** What a command has of the process: its streams, and the wish to stop. */
export interface Session {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly environment: Readonly<NodeJS.ProcessEnv>;
  /** Aborted when the command is to stop. */
  readonly signal: AbortSignal;
  readonly stopReason: StopReason | null;
  /** Has something done before the process ends, however it does; gives what takes that back. */
  beforeEnd(act: () => void): () => void;
}

/** How long a process that is asked to end (SIGTERM, SIGHUP) may take for it, in milliseconds. */
const patience = 10_000;

/** The process as a session. A second Ctrl-C ends it at once, a request to end after `grace` milliseconds. */
export function openSession(process: NodeJS.Process, grace = patience): Session {
  const stopping = new AbortController();
  const last = new Set<() => void>();
  let stopReason: StopReason | null = null;
  const stop = (reason: StopReason): void => {
    stopReason ??= reason;
    stopping.abort();
  };
  const doLast = (): void => {
    for (const act of last) act();
  };
  /** Node's own exit waits for threads, which may be busy for good. What a signal does by default waits for nobody. */
  const endNow = (signal: NodeJS.Signals): void => {
    doLast();
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  };
  const onOutputError = (error: Error): void => {
    stop('closed');
    // A reader that had enough (`| head`) is no fault; a full disk is.
    if ('code' in error && error.code === 'EPIPE') return;
    process.exitCode = exitCodes.failed;
    process.stderr.write(`error: the output cannot be written: ${error.message}\n`);
  };
  process.on('SIGINT', () => {
    if (stopReason === null) stop('interrupt');
    else endNow('SIGINT');
  });
  // A terminal that is gone ends work as cleanly as a request to stop.
  for (const [signal, reason] of [
    ['SIGTERM', 'terminate'],
    ['SIGHUP', 'hangup'],
  ] as const) {
    process.on(signal, () => {
      stop(reason);
      setTimeout(() => {
        endNow(signal);
      }, grace).unref();
    });
  }
  process.on('exit', doLast);
  process.stdout.on('error', onOutputError);
  process.stderr.on('error', () => {
    stop('closed');
  });
  return {
    stdout: process.stdout,
    stderr: process.stderr,
    environment: process.env,
    signal: stopping.signal,
    get stopReason() {
      return stopReason;
    },
    beforeEnd: (act) => {
      last.add(act);
      return () => {
        last.delete(act);
      };
    },
  };
}

/** The exit code of a command that was stopped. */
export function stoppedCode(reason: StopReason | null): number {
  switch (reason) {
    case 'interrupt':
      return exitCodes.interrupted;
    case 'terminate':
      return exitCodes.terminated;
    case 'hangup':
      return exitCodes.hungUp;
    case 'closed':
    case null:
      return exitCodes.ok;
  }
}

/** Writes and waits until the reader keeps up, or is gone. */
export async function write(session: Session, text: string): Promise<void> {
  const { stdout } = session;
  if (text === '' || session.stopReason === 'closed' || stdout.write(text)) return;
  await new Promise<void>((resolve) => {
    const done = (): void => {
      stdout.off('drain', done);
      stdout.off('error', done);
      stdout.off('close', done);
      resolve();
    };
    stdout.on('drain', done);
    stdout.on('error', done);
    stdout.on('close', done);
  });
}
