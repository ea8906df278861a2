import { availableParallelism } from 'node:os';
import { ranked, reasonOf } from '../../models/auto/choose.js';
import { processor } from '../../models/auto/device.js';
import { ownVersion, packageVersions } from '../../models/auto/packages.js';
import type { ProbeReport } from '../../models/auto/probe-report.js';
import type { ModelToTime } from '../../models/auto/timed-models.js';
import type { CandidateName } from '../../models/backends.js';

/** The machine, and what is installed on it. */
export interface Machine {
  readonly samplewire: string;
  readonly node: string;
  readonly platform: string;
  readonly processor: string;
  /** How many a forward takes on the processor when nothing else is said. */
  readonly threads: number;
  /** Versions of the packages that compute, of those that are installed. */
  readonly packages: Readonly<Record<string, string>>;
}

export const thisMachine = (): Machine => ({
  samplewire: ownVersion(),
  node: process.versions.node,
  platform: `${process.platform} ${process.arch}`,
  processor: processor(),
  threads: availableParallelism(),
  packages: packageVersions(),
});

/** Everything that a doctor has found. */
export interface Findings {
  readonly machine: Machine;
  readonly models: readonly ModelToTime[];
  readonly reports: readonly ProbeReport[];
  /** The file that `auto` remembers its choices in, `null` where it could not be written. */
  readonly remembered: string | null;
}

/** What `--backend auto` takes for a model, and why. */
export interface AutoChoice {
  readonly model: string;
  /** `null` where none verifies and runs it. */
  readonly backend: CandidateName | null;
  readonly why: string;
}

export const autoChoices = ({ models, reports }: Pick<Findings, 'models' | 'reports'>): AutoChoice[] =>
  models.map(({ name }) => {
    const timed = ranked(reports, name);
    return { model: name, backend: timed[0]?.backend ?? null, why: reasonOf(timed) };
  });

/** The findings as plain data for programs; what is not there is `null`. */
export const findingsJson = (findings: Findings): object => ({
  format: 1,
  ...findings.machine,
  models: findings.models.map(({ name, parameters, positions, context }) => ({ name, parameters, positions, context })),
  backends: findings.reports.map(({ backend, status, reason, device, notes, difference, tolerance, timings }) => ({
    backend,
    status,
    reason,
    device,
    notes,
    difference: difference !== null && Number.isFinite(difference) ? difference : null,
    tolerance,
    milliseconds: Object.fromEntries(timings.map(({ model, milliseconds }) => [model, milliseconds])),
  })),
  auto: autoChoices(findings),
  remembered: findings.remembered,
});
