import { InputError } from '../graph/input-error.js';

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
