import { InputError } from './input-error.js';
import { isRecord } from './is-record.js';
import { didYouMean, listing } from './names.js';

/** The names that an object of options may have, each once: the type has the compiler look after that. */
export type NamesOf<T> = Readonly<Record<keyof T, true>>;

/**
 * What is wrong with the names in an object of options: none where it is left out. An unknown name is an option that would be
 * ignored without a word. `what` names the object in the sentences.
 */
export function nameFaults(what: string, given: unknown, known: Readonly<Record<string, true>>): string[] {
  if (given === undefined) return [];
  if (!isRecord(given) || Array.isArray(given)) {
    return [`${what} must be an object with ${listing(Object.keys(known))}, not ${sortOf(given)}`];
  }
  const names = Object.keys(known);
  return Object.keys(given).flatMap((name) =>
    Object.hasOwn(known, name)
      ? []
      : [`${what} has no option "${name}": there are ${listing(names)}${didYouMean(name, names)}`],
  );
}

/** Throws one `InputError` with every fault in the names of an object of options. */
export function checkNames(what: string, given: unknown, known: Readonly<Record<string, true>>): void {
  const faults = nameFaults(what, given, known);
  if (faults.length > 0) throw new InputError(faults.join('\n'));
}

/** Throws an `InputError` for what is no text. Callers from plain JavaScript may give anything. */
export function checkText(what: string, given: unknown): void {
  if (typeof given !== 'string') throw new InputError(`${what} must be a text, not ${sortOf(given)}`);
}

/** What a value is, for messages. */
function sortOf(given: unknown): string {
  if (given === null || given === undefined) return String(given);
  return Array.isArray(given) ? 'a list' : `a ${typeof given}`;
}
