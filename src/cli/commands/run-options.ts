import type { ParamValue } from '../../graph/params.js';
import type { CheckedGraph } from '../../graph/checked-graph.js';
import { bindParams, parseParams } from '../../graph/bind.js';
import { InputError } from '../../graph/input-error.js';
import type { NoiseProcess } from '../../graph/manifest.js';
import { sourceFault, type RunRequest } from '../../runtime/request.js';
import type { ImportFlags } from '../documents.js';
import type { Session } from '../session.js';
import { beginningOf, sourceOf, type RowFlags } from './row-options.js';

export const formatNames = ['live', 'text', 'jsonl', 'events'] as const;
export type FormatName = (typeof formatNames)[number];

/** The flags of `run` as commander hands them over: numbers are still what was typed. */
export interface RunFlags extends ImportFlags, RowFlags {
  readonly model?: string;
  readonly process?: NoiseProcess;
  readonly tokenizer?: string;
  readonly set?: readonly string[];
  readonly rows?: string;
  readonly length?: string;
  readonly seed?: string;
  readonly backend?: string;
  readonly format?: FormatName;
  readonly speed?: string;
}

/** A run request but for its model, which takes time to open: what is wrong with the flags is told before. */
export type RequestFlags = Omit<RunRequest, 'model' | 'params'> & {
  readonly params: Readonly<Record<string, ParamValue>>;
};

/** Flags as a request for a pipeline. Throws one `InputError` with everything that is wrong with them. */
export function requestOf(flags: RunFlags, graph: CheckedGraph): RequestFlags {
  const faults: string[] = [];
  const checked = <T>(read: () => T): T | undefined => {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      faults.push(error.message);
      return undefined;
    }
  };
  const params = checked(() => bindParams(graph, parseParams(graph, flags.set ?? [])));
  const rows = checked(() => integerFlag('--rows', flags.rows, 1, 4096));
  const length = checked(() => integerFlag('--length', flags.length, 1));
  const seed = checked(() => integerFlag('--seed', flags.seed, 0));
  const beginning = checked(() => beginningOf(flags));
  const source = checked(() => sourceOf(flags));
  const unfit = source === undefined ? null : sourceFault(graph, source);
  if (unfit !== null) faults.push(`${graph.name}: ${unfit}`);
  if (faults.length > 0 || params === undefined) throw new InputError(faults.join('\n'));
  return {
    params,
    ...(rows === undefined ? {} : { rows }),
    ...(length === undefined ? {} : { length }),
    ...(seed === undefined ? {} : { seed }),
    ...beginning,
    ...source,
  };
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

/** An integer from a flag; `undefined` where it was not given. */
export function integerFlag(
  flag: string,
  text: string | undefined,
  min: number,
  max = Number.MAX_SAFE_INTEGER,
): number | undefined {
  if (text === undefined) return undefined;
  const value = /^[+-]?\d+$/.test(text) ? Number(text) : NaN;
  if (value >= min && value <= max) return value;
  const range =
    max === Number.MAX_SAFE_INTEGER
      ? `an integer, ${String(min)} or more`
      : `an integer from ${String(min)} to ${String(max)}`;
  throw new InputError(`${flag} must be ${range}, not "${text}"`);
}
