import { InputError } from '../graph/input-error.js';
import type { Limits } from './denoiser.js';

/** Throws one `InputError` for limits that are none. */
export function checkLimits({ rows, cacheBytes }: Limits = {}): void {
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
