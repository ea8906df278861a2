import type { ChalkInstance } from 'chalk';
import { match } from 'ts-pattern';
import { shownMilliseconds } from '../../models/auto/choose.js';
import type { ProbeReport } from '../../models/auto/probe-report.js';
import type { ModelToTime } from '../../models/auto/timed-models.js';
import { candidates, type CandidateName } from '../../models/backends.js';
import { printable } from '../../graph/visible.js';
import { wrapped } from './wrapped.js';

const gap = '  ';
const mark = 4;
const label = Math.max(...candidates.map((name) => name.length));
const parity = 'parity'.length + 1;
const time = 8;

/** Columns up to that of the devices, and up to that of the figures. */
const indent = mark + gap.length + label + gap.length;

const titles: Readonly<Record<CandidateName, string>> = {
  onnx: 'ONNX Runtime',
  'onnx-cuda': 'ONNX Runtime by CUDA',
  webgpu: 'TensorFlow.js by WebGPU',
  'onnx-webgpu': 'ONNX Runtime by WebGPU',
  tensorflow: 'tfjs-node-gpu or tfjs-node',
  wasm: 'TensorFlow.js by WASM',
};

/** The device of `tensorflow` says which package it is. */
const titleOf = (backend: CandidateName, device: string | null): string =>
  device === null ? titles[backend] : backend === 'tensorflow' ? device : `${titles[backend]} on ${device}`;

/** How many parameters a model has: `39k`, `1.3M`, `46M`. */
export function shownParameters(parameters: number): string {
  const millions = parameters / 1e6;
  if (millions < 0.1) return `${(parameters / 1000).toFixed(0)}k`;
  return `${millions.toFixed(millions < 9.5 ? 1 : 0)}M`;
}

/** What stands above the rows. */
export const headLine = (models: readonly ModelToTime[]): string =>
  [
    ' '.repeat(mark),
    'backend'.padEnd(label),
    'parity'.padStart(parity),
    ...models.map(({ parameters }) => shownParameters(parameters).padStart(time)),
    'what computes',
  ].join(gap);

/** A backend in at most `width` columns: its figures, or why it has none. */
export function rowLines(
  report: ProbeReport,
  models: readonly ModelToTime[],
  { width, chalk }: { readonly width: number; readonly chalk: ChalkInstance },
): string[] {
  const { backend, status, device, notes, difference, timings } = report;
  const plain = (text: string) => printable(text).replaceAll('\n', ' ');
  const reason = report.reason === null ? null : plain(report.reason);
  const begin = `${shownStatus(status, chalk)}${gap}${backend.padEnd(label)}${gap}`;
  const below = (text: string) => wrapped(text, width - indent).map((line) => ' '.repeat(indent) + line);
  if (difference === null) {
    const [first = '', ...rest] = below(reason ?? 'it told nothing');
    return [begin + first.slice(indent), ...rest];
  }
  const figures = [
    difference.toExponential(1).padStart(parity),
    ...models.map(({ name }) => shownTime(timings.find(({ model }) => model === name)?.milliseconds).padStart(time)),
  ].join(gap);
  const start = indent + figures.length + gap.length;
  const [first = '', ...rest] = wrapped(printable(titleOf(backend, device)), width - start);
  return [
    begin + figures + gap + first,
    ...rest.map((line) => ' '.repeat(start) + line),
    ...[...(reason === null ? [] : [reason]), ...notes.map(plain)].flatMap(below),
  ];
}

const shownTime = (milliseconds: number | undefined): string =>
  milliseconds === undefined ? '-' : `${shownMilliseconds(milliseconds)} ms`;

const shownStatus = (status: ProbeReport['status'], chalk: ChalkInstance): string =>
  match(status)
    .with('verified', () => chalk.green('ok'.padEnd(mark)))
    .with('missing', () => chalk.dim('no'.padEnd(mark)))
    .with('wrong', 'failed', () => chalk.red('FAIL'.padEnd(mark)))
    .exhaustive();
