import { fork, type ChildProcess } from 'node:child_process';
import type { z } from 'zod';
import { messageOf } from '../../graph/message-of.js';

export interface ProcessOptions<Message> {
  /** What the process may tell; other messages count as none. */
  readonly schema: z.ZodType<Message>;
  /** Told each message as it comes. `kill` ends the process. */
  readonly take?: (message: Message, kill: () => void) => void;
  /** Milliseconds after which it is ended; no limit when left out. */
  readonly limit?: number;
  /** Ends it. */
  readonly signal?: AbortSignal | undefined;
}

export interface EndedProcess<Message> {
  /** What it told, in order. */
  readonly messages: readonly Message[];
  /** How it came to its end, as a sentence for one that should have told more. */
  readonly end: string;
  /** Whether it was ended because its time was over. */
  readonly late: boolean;
}

/** The last that a library has written is kept up to this many characters. */
const kept = 4000;

/** What Node writes about places in code when a process crashes, and lines without a word. */
const ofStackTrace = /^(?:at |\d+: |-{3,}|Node\.js v\d|\P{L}*$)/u;

/** A file of ours that a process runs, beside the one whose address is given: from src/ or from dist/. */
export const processFile = (name: string, beside: string): URL =>
  new URL(`./${name}.${beside.endsWith('.ts') ? 'ts' : 'js'}`, beside);

/**
 * The flags of Node that a file of ours takes, in a process or in a thread of its own: for a source those that load TypeScript. The others of this
 * process are none of its own, and some (`--input-type`, `--eval`, `--test`) would keep it from running.
 */
export const flagsFor = (file: URL, flags: readonly string[] = process.execArgv): string[] =>
  file.pathname.endsWith('.ts')
    ? flags.filter((flag, i) => flag.startsWith('--import=') || flag === '--import' || flags[i - 1] === '--import')
    : [];

/**
 * Runs a file in a process of its own until it ends: a native library may crash or hang, and what it writes stays out of the terminal; the
 * last line of it may explain a crash. The request is the one argument of its command line, in JSON. Rejects only with the signal's reason.
 */
export async function runProcess<Message>(
  file: URL,
  request: object,
  { schema, take, limit, signal }: ProcessOptions<Message>,
): Promise<EndedProcess<Message>> {
  signal?.throwIfAborted();
  const child = fork(file, [JSON.stringify(request)], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    // JSON has no NaN.
    serialization: 'advanced',
    env: { ...process.env, NODE_NO_WARNINGS: '1' },
    execArgv: flagsFor(file),
  });
  const messages: Message[] = [];
  const kill = (): void => void child.kill('SIGKILL');
  const deadline = limit === undefined ? undefined : AbortSignal.timeout(limit);
  deadline?.addEventListener('abort', kill);
  signal?.addEventListener('abort', kill);
  child.on('message', (message) => {
    const { success, data } = schema.safeParse(message);
    if (!success) return;
    messages.push(data);
    take?.(data, kill);
  });
  try {
    const end = await endOf(child);
    signal?.throwIfAborted();
    return { messages, end, late: deadline?.aborted ?? false };
  } finally {
    deadline?.removeEventListener('abort', kill);
    signal?.removeEventListener('abort', kill);
  }
}

/** Waits until a process has ended and everything that it wrote has been read. */
async function endOf(child: ChildProcess): Promise<string> {
  let written = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    written = (written + text).slice(-kept);
  });
  const how = await new Promise<string>((resolve) => {
    child.on('error', (error) => {
      resolve(`its process could not be started (${messageOf(error)})`);
    });
    child.on('close', (code, killedBy) => {
      resolve(killedBy === null ? `its process ended with code ${String(code)}` : `its process crashed (${killedBy})`);
    });
  });
  const lastLine = written
    .split('\n')
    .map((line) => line.trim())
    .findLast((line) => !ofStackTrace.test(line));
  return lastLine === undefined ? `${how}.` : `${how}; the last that it wrote: ${lastLine}`;
}
