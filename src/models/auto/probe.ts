import { match } from 'ts-pattern';
import { processFile, runProcess } from '../process/run.js';
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

/** Tries a backend in a process of its own. Rejects only when it is aborted. */
export async function probe(
  request: ProbeRequest,
  { limit, tell, signal, file = processFile('probe-process', import.meta.url) }: ProbeOptions,
): Promise<ProbeReport> {
  const { messages, end, late } = await runProcess(file, request, {
    schema: probeMessage,
    take: (message, kill) => {
      if (message.kind === 'stage') tell?.(message.stage);
      if (message.kind === 'done') setTimeout(kill, grace).unref();
    },
    limit,
    signal,
  });
  return reportOf(request, messages, late ? lateAt(messages, limit) : end);
}

function lateAt(messages: readonly ProbeMessage[], limit: number): string {
  const stage = messages.findLast((message) => message.kind === 'stage')?.stage ?? 'starting';
  return `it was ended after ${(limit / 1000).toFixed(0)} s while it was ${stage}`;
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
    notes: [],
    difference: null,
    tolerance: null,
    timings: [],
  };
  return messages.reduce(
    (report, message) =>
      match(message)
        .returnType<ProbeReport>()
        .with({ kind: 'stage' }, () => report)
        .with({ kind: 'found' }, ({ device, notes }) => ({ ...report, device, notes }))
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
