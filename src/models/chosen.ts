import { InputError } from '../graph/input-error.js';
import { didYouMean } from '../graph/names.js';

/** Which of `choices` a person named; from JavaScript it can be anything. */
export function chosen<T extends string>(what: string, given: unknown, choices: readonly T[]): T {
  const known = choices.find((choice) => choice === given);
  if (known !== undefined) return known;
  const name = String(given);
  const hint = didYouMean(name, choices);
  throw new InputError(`There is no ${what} ${name}; known are ${choices.join(', ')}${hint === '' ? '.' : hint}`);
}
