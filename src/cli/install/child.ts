import { spawn } from 'node:child_process';
import { appendFileSync } from 'node:fs';

export interface ChildOptions {
  readonly environment: Readonly<NodeJS.ProcessEnv>;
  /** Ends the child, and whatever it has started. */
  readonly signal: AbortSignal;
  readonly cwd?: string;
  /** A file that gets a copy of its output. */
  readonly log?: string;
}

export interface ChildOutcome {
  /** The exit status; 127 for a command that could not be started. */
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Milliseconds that a child has to end by itself when it is asked to. */
const grace = 3000;

/** Runs a command to its end. Throws the signal's reason once the child is gone, when it was aborted. */
export async function runChild(
  [command, ...words]: readonly [string, ...string[]],
  { environment, signal, cwd, log }: ChildOptions,
): Promise<ChildOutcome> {
  signal.throwIfAborted();
  const output = { stdout: '', stderr: '' };
  const status = await new Promise<number>((resolve) => {
    // A group of its own, so that a compiler's and npm's own children end with them.
    const child = spawn(command, words, {
      cwd,
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    const end = (name: NodeJS.Signals): void => killGroup(child.pid, name);
    const stop = (): void => {
      end('SIGTERM');
      setTimeout(() => end('SIGKILL'), grace).unref();
    };
    signal.addEventListener('abort', stop, { once: true });
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (text: string) => {
        output[name] += text;
        if (log !== undefined) keep(log, text);
      });
    }
    const settle = (code: number): void => {
      signal.removeEventListener('abort', stop);
      resolve(code);
    };
    child.on('error', (error) => {
      output.stderr += error.message;
      settle(127);
    });
    child.on('close', (code) => settle(code ?? 1));
  });
  signal.throwIfAborted();
  return { status, ...output };
}

/** A disk that is full must not end this process in the middle of an event: the command itself will say so. */
function keep(log: string, text: string): void {
  try {
    appendFileSync(log, text);
  } catch {
    // The last lines are in the outcome.
  }
}

function killGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // It has ended.
  }
}

/** Whether a command can be started and succeeds, for example `['make', '--version']`. */
export async function works(command: readonly [string, ...string[]], options: ChildOptions): Promise<boolean> {
  return (await runChild(command, options)).status === 0;
}

/** The last lines of a command's output, indented, to stand under an error's sentence. */
export const lastLines = ({ stdout, stderr }: ChildOutcome, lines = 12): string =>
  `${stdout}\n${stderr}`
    .trim()
    .split('\n')
    .slice(-lines)
    .map((line) => `\n    ${line}`)
    .join('');
