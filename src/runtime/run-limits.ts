import { isRecord } from '../graph/is-record.js';
import { nameFaults, type NamesOf } from '../graph/known-names.js';
import { integerWithin } from './prompts.js';

/** How much a run may cost. What is known beforehand is refused, the rest ends the run with a `failed` event. */
export interface RunLimits {
  /** Most rows; 65,536 when left out. */
  readonly rows?: number;
  /** Most tokens that the finished rows may come to, prompts included; 33,554,432 when left out. */
  readonly tokens?: number;
  /** Most forwards, each row's counted; no limit when left out. */
  readonly forwards?: number;
  /** Most time from start to end, waiting for room included; no limit when left out. */
  readonly milliseconds?: number;
}

export type CheckedLimits = Required<RunLimits>;

/** Far above what one run needs, and far below what would exhaust the memory. */
export const limitsByDefault: CheckedLimits = {
  rows: 65_536,
  tokens: 2 ** 25,
  forwards: Infinity,
  milliseconds: Infinity,
};

const limitNames: NamesOf<RunLimits> = { rows: true, tokens: true, forwards: true, milliseconds: true };

/** Milliseconds that a timer takes at most. */
export const longestTime = 2 ** 31 - 1;

/** The limits of a request; what is wrong with them goes to `faults`. */
export function checkRunLimits(given: unknown, faults: string[]): CheckedLimits {
  if (given === undefined) return limitsByDefault;
  faults.push(...nameFaults('limits', given, limitNames));
  if (!isRecord(given)) return limitsByDefault;
  const limitOf = (name: keyof RunLimits, most = Number.MAX_SAFE_INTEGER): number =>
    given[name] === undefined ? limitsByDefault[name] : integerWithin(given[name], `limits.${name}`, 1, most, faults);
  return {
    rows: limitOf('rows'),
    tokens: limitOf('tokens'),
    forwards: limitOf('forwards'),
    milliseconds: limitOf('milliseconds', longestTime),
  };
}
