import type { ParamValue } from '../../graph/params.js';
import type { CheckedGraph } from '../../graph/checked-graph.js';
import { bindParams, parseParams } from '../../graph/bind.js';
import { InputError } from '../../graph/input-error.js';
import { sourceFault, type RunRequest } from '../../runtime/request.js';
import { longestTime } from '../../runtime/run-limits.js';
import type { ImportFlags } from '../documents.js';
import { Faults } from '../faults.js';
import { integerFlag } from '../integer-flag.js';
import type { Session } from '../session.js';
import type { ModelFlags } from './model-options.js';
import { beginningOf, sourceOf, type RowFlags } from './row-options.js';

export const formatNames = ['live', 'text', 'jsonl', 'events'] as const;
export type FormatName = (typeof formatNames)[number];

/** The flags of `run` as commander hands them over: numbers are still what was typed. */
export interface RunFlags extends ImportFlags, RowFlags, ModelFlags {
  readonly model?: string;
  readonly set?: readonly string[];
  readonly rows?: string;
  readonly length?: string;
  readonly seed?: string;
  readonly maxForwards?: string;
  readonly maxTime?: string;
  readonly format?: FormatName;
  readonly speed?: string;
}

/** A run request but for its model, which takes time to open: what is wrong with the flags is told before. */
export type RequestFlags = Omit<RunRequest, 'model' | 'params'> & {
  readonly params: Readonly<Record<string, ParamValue>>;
};

/** Flags as a request for a pipeline. Throws one `InputError` with everything that is wrong with them. */
export function requestOf(flags: RunFlags, graph: CheckedGraph): RequestFlags {
  const faults = new Faults();
  const params = faults.catch(() => bindParams(graph, parseParams(graph, flags.set ?? [])));
  const rows = faults.catch(() => integerFlag('--rows', flags.rows, 1, 4096));
  const length = faults.catch(() => integerFlag('--length', flags.length, 1));
  const seed = faults.catch(() => integerFlag('--seed', flags.seed, 0));
  const forwards = faults.catch(() => integerFlag('--max-forwards', flags.maxForwards, 1));
  const milliseconds = faults.catch(() => timeOf(flags.maxTime));
  const beginning = faults.catch(() => beginningOf(flags));
  const source = faults.catch(() => sourceOf(flags));
  const unfit = source === undefined ? null : sourceFault(graph, source);
  if (unfit !== null) faults.add(`${graph.name}: ${unfit}`);
  faults.throwIfAny();
  const limits = {
    ...(forwards === undefined ? {} : { forwards }),
    ...(milliseconds === undefined ? {} : { milliseconds }),
  };
  return {
    params: params ?? {},
    ...(rows === undefined ? {} : { rows }),
    ...(length === undefined ? {} : { length }),
    ...(seed === undefined ? {} : { seed }),
    ...(Object.keys(limits).length === 0 ? {} : { limits }),
    ...beginning,
    ...source,
  };
}

/** The milliseconds of `--max-time`, which are typed as seconds. */
function timeOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const milliseconds = Math.round(Number(text) * 1000);
  if (text.trim() !== '' && milliseconds >= 1 && milliseconds <= longestTime) return milliseconds;
  throw new InputError(`--max-time must be seconds, from 0.001 to ${String(longestTime / 1000)}, not "${text}"`);
}

/** The steps a second that were asked for. */
export function speedOf({ speed }: RunFlags): number | null {
  if (speed === undefined) return null;
  const value = Number(speed);
  if (speed.trim() === '' || !Number.isFinite(value) || value < 0) {
    throw new InputError(`--speed must be steps a second, 0 or more, not "${speed}"`);
  }
  return value;
}

/** The format asked for; without a wish a show for eyes, and text for pipes and for terminals that can only print. */
export function formatOf(
  { format }: RunFlags,
  { stdout, environment }: Pick<Session, 'stdout' | 'environment'>,
): FormatName {
  const capable = stdout.isTTY === true && environment['TERM'] !== 'dumb';
  if (format === 'live' && !capable) {
    throw new InputError('--format live needs a terminal; for files and pipes there are text, jsonl and events');
  }
  return format ?? (capable ? 'live' : 'text');
}
