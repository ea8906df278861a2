import { candidates, type CandidateName } from '../backends.js';
import { ranked } from './choose.js';
import { parityCase } from './parity-case.js';
import type { ProbeReport } from './probe-report.js';
import { probe } from './probe.js';
import { rememberOnly } from './remembered.js';
import type { Probe } from './settle.js';
import { timeLimit } from './time-limit.js';
import type { ModelToTime } from './timed-models.js';

export interface ExamineOptions {
  /** Told which backend is being tried, and at what it is. */
  readonly tell?: (backend: CandidateName, stage: string) => void;
  /** Takes each report as it comes. */
  readonly take?: (report: ProbeReport) => Promise<void>;
  /** Ends it with the signal's reason. */
  readonly signal?: AbortSignal;
  readonly tried?: Probe;
}

/** Milliseconds that one backend may take, but for reading models. */
const patience = 30_000;

/** Tries every backend on this machine, each in a process of its own, one after the other. */
export async function examine(
  models: readonly ModelToTime[],
  { tell, take, signal, tried = probe }: ExamineOptions = {},
): Promise<readonly ProbeReport[]> {
  const reports: ProbeReport[] = [];
  const limit = await timeLimit(patience, models);
  for (const backend of candidates) {
    tell?.(backend, 'starting');
    const request = {
      backend,
      parity: parityCase,
      models: models.map(({ name, folder, process }) => ({ name, folder, process })),
    };
    const report = named(await tried(request, { limit, signal, tell: (stage) => tell?.(backend, stage) }), reports);
    reports.push(report);
    await take?.(report);
  }
  return reports;
}

/** ONNX Runtime does not name its WebGPU device. It asks for the most powerful one, and so does the library's own WebGPU backend. */
function named(report: ProbeReport, others: readonly ProbeReport[]): ProbeReport {
  if (report.backend !== 'onnx-webgpu' || report.status !== 'verified') return report;
  const same = others.find(({ backend, status }) => backend === 'webgpu' && status === 'verified');
  return { ...report, device: report.device ?? same?.device ?? null };
}

/**
 * Puts what was measured in place of all that `auto` remembers: other models are looked at again when they are opened. Whether it could
 * be written.
 */
export const rememberExamined = (models: readonly ModelToTime[], reports: readonly ProbeReport[]): Promise<boolean> =>
  rememberOnly(
    models.flatMap(({ key, name }) => {
      const [fastest, ...slower] = ranked(reports, name);
      if (fastest === undefined) return [];
      return [{ key, model: name, backend: fastest.backend, milliseconds: [fastest, ...slower] }];
    }),
  );
