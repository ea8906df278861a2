import { InputError } from '../graph/input-error.js';
import { checkNames, type NamesOf } from '../graph/known-names.js';
import type { Limits } from './denoiser.js';

const names: NamesOf<Limits> = { rows: true, cacheBytes: true };

/** Throws one `InputError` for limits that are none. */
export function checkLimits(limits: Limits = {}): void {
  checkNames('limits', limits, names);
  const { rows, cacheBytes } = limits;
  const faults = [
    ...(rows === undefined || (Number.isInteger(rows) && rows >= 1)
      ? []
      : [`limits.rows must be an integer, 1 or more, not ${String(rows)}`]),
    ...(cacheBytes === undefined || cacheBytes > 0
      ? []
      : [`limits.cacheBytes must be a number of bytes, more than 0, not ${String(cacheBytes)}`]),
  ];
  if (faults.length > 0) throw new InputError(faults.join('\n'));
}
