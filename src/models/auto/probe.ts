import { fork, type ChildProcess } from 'node:child_process';
import { match } from 'ts-pattern';
import { messageOf } from '../../graph/message-of.js';
import { probeMessage, type ProbeMessage, type ProbeReport, type ProbeRequest } from './probe-report.js';

export interface ProbeOptions {
  /** Milliseconds until it is ended. */
  readonly limit: number;
  /** Told what it is at. */
  readonly tell?: (stage: string) => void;
  /** Ends it; the probe then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** The file that the process runs; another one in tests. */
  readonly file?: URL;
}

/** How long a process may take to end when it has told everything, in milliseconds. */
const grace = 2000;

/** The last that a library has written is kept up to this many characters. */
const kept = 4000;

/**
 * Tries a backend in a process of its own: a native library may crash or hang, and writes to the terminal. Nothing of that gets out; the
 * last line of it may explain a crash. Rejects only when it is aborted.
 */
export async function probe(request: ProbeRequest, options: ProbeOptions): Promise<ProbeReport> {
  const { limit, tell, signal, file = probeFile() } = options;
  signal?.throwIfAborted();
  const child = fork(file, [JSON.stringify(request)], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    // JSON has no NaN.
    serialization: 'advanced',
    env: { ...process.env, NODE_NO_WARNINGS: '1' },
  });
  const messages: ProbeMessage[] = [];
  const kill = (): void => void child.kill('SIGKILL');
  const deadline = AbortSignal.timeout(limit);
  deadline.addEventListener('abort', kill);
  signal?.addEventListener('abort', kill);
  child.on('message', (message) => {
    const { success, data } = probeMessage.safeParse(message);
    if (!success) return;
    if (data.kind === 'stage') tell?.(data.stage);
    if (data.kind === 'done') setTimeout(kill, grace).unref();
    messages.push(data);
  });
  try {
    const end = await endOf(child);
    signal?.throwIfAborted();
    return reportOf(request, messages, deadline.aborted ? lateAt(messages, limit) : end);
  } finally {
    deadline.removeEventListener('abort', kill);
    signal?.removeEventListener('abort', kill);
  }
}

/** From src/ or from dist/: the process's file has the extension of this one. */
const probeFile = (): URL =>
  new URL(`./probe-process.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url);

/** How a process ended, as a sentence for one that should have gone on. */
function endOf(child: ChildProcess): Promise<string> {
  let written = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    written = (written + text).slice(-kept);
  });
  return new Promise((resolve) => {
    child.on('error', (error) => resolve(`its process cannot be started: ${messageOf(error)}`));
    // Everything it wrote has been read by then.
    child.on('close', (code, signal) => {
      const how = signal === null ? `exit code ${String(code)}` : `signal ${signal}`;
      const last = written.trimEnd().split('\n').at(-1)?.trim() ?? '';
      resolve(last === '' ? `crashed (${how})` : `crashed (${how}): ${last}`);
    });
  });
}

function lateAt(messages: readonly ProbeMessage[], limit: number): string {
  const stage = messages.findLast((message) => message.kind === 'stage')?.stage ?? 'starting';
  return `was ended after ${String(Math.round(limit / 1000))} s, ${stage}`;
}

/** What the messages of a process come to; `end` is why there are no more. */
export function reportOf(
  { backend }: Pick<ProbeRequest, 'backend'>,
  messages: readonly ProbeMessage[],
  end: string,
): ProbeReport {
  const initial: ProbeReport = {
    backend,
    status: 'failed',
    reason: end,
    device: null,
    difference: null,
    tolerance: null,
    timings: [],
  };
  return messages.reduce(
    (report, message) =>
      match(message)
        .returnType<ProbeReport>()
        .with({ kind: 'stage' }, () => report)
        .with({ kind: 'found' }, ({ device }) => ({ ...report, device }))
        .with({ kind: 'compared' }, ({ difference, tolerance }) => {
          const compared = { ...report, difference, tolerance };
          return difference <= tolerance
            ? { ...compared, status: 'verified' }
            : { ...compared, status: 'wrong', reason: wrong(difference, tolerance) };
        })
        .with({ kind: 'timed' }, ({ model, milliseconds }) => ({
          ...report,
          timings: [...report.timings, { model, milliseconds }],
        }))
        .with({ kind: 'missing' }, ({ reason }) => ({ ...report, status: 'missing', reason }))
        .with({ kind: 'wrong' }, ({ reason }) => ({ ...report, status: 'wrong', reason }))
        .with({ kind: 'failed' }, ({ reason }) => ({ ...report, reason }))
        .with({ kind: 'done' }, () => (report.reason === end ? { ...report, reason: null } : report))
        .exhaustive(),
    initial,
  );
}

const wrong = (difference: number, tolerance: number): string =>
  `its logits differ from the reference by ${difference.toExponential(1)}, and ${tolerance.toExponential(0)} is accepted`;
