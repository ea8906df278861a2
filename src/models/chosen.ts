import { InputError } from '../graph/input-error.js';
import { nearest } from '../graph/names.js';

/** Which of `choices` a person named; from JavaScript it can be anything. */
export function chosen<T extends string>(what: string, given: unknown, choices: readonly T[]): T {
  const known = choices.find((choice) => choice === given);
  if (known !== undefined) return known;
  const name = String(given);
  const meant = nearest(name, choices);
  const hint = meant === undefined ? '.' : `; did you mean "${meant}"?`;
  throw new InputError(`There is no ${what} ${name}; known are ${choices.join(', ')}${hint}`);
}
