import { closest, distance } from 'fastest-levenshtein';
import { excerpt, quoted } from './excerpt.js';

/** Ids of nodes and names of ports, carries, parameters and subgraphs. */
export const namePattern = /^[A-Za-z][A-Za-z0-9_-]*$/;

export const nameRule = 'a letter, then letters, digits, - or _';

/** Kinds of nodes: kebab-case. */
export const kindPattern = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

/** Modules that documents import: a path beside the document, or a package. Neither addresses nor the modules of Node itself. */
export const importPattern = /^(\.\.?\/.+|(@[A-Za-z0-9~-][\w.~-]*\/)?[A-Za-z0-9~-][\w.~-]*(\/.+)?)$/;

export const importRule = 'a path that begins with ./ or ../, or the name of a package';

/** The id under which a document's own inputs are read. */
export const inputId = 'input';

/** The name under which a loop's body reads the number of the iteration. */
export const indexName = 'index';

/** Longer names and lists are not searched: a hostile document could make that take very long. */
const longestName = 64;
const mostCandidates = 500;
const mostEdits = 4;

/**
 * The candidate that was probably meant: equal but for case, with two neighbouring letters exchanged, or a few letters
 * away (about a third of them).
 */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  if (name.length > longestName) return undefined;
  const pool = [...firstOf(mostCandidates, candidates)].filter((candidate) => candidate.length <= longestName);
  const sameLetters = pool.find((candidate) => candidate !== name && letters(candidate) === letters(name));
  if (sameLetters !== undefined || pool.length === 0) return sameLetters;
  const exchanged = pool.find((candidate) => isExchange(letters(name), letters(candidate)));
  if (exchanged !== undefined) return exchanged;
  const best = closest(name, pool);
  const tolerance = Math.min(mostEdits, Math.ceil(Math.min(name.length, best.length) / 3));
  return best !== name && distance(name, best) <= tolerance ? best : undefined;
}

/** The end of a sentence on an unknown name: what was probably meant, or nothing. */
export function didYouMean(name: string, candidates: Iterable<string>): string {
  const meant = nearest(name, candidates);
  return meant === undefined ? '' : `; did you mean "${meant}"?`;
}

/** Names with commas between, each and all of them shortened: `a, b, c`. */
export function listing(names: Iterable<string>): string {
  const all = [...names];
  if (all.length === 0) return 'nothing';
  const shown = all.slice(0, 12).map(excerpt);
  return all.length > shown.length ? `${shown.join(', ')}, ... (${String(all.length)} in all)` : shown.join(', ');
}

/** What is expected where one of these names belongs. */
export function oneOf(names: Iterable<string>): string {
  const all = [...names];
  if (all.length === 0) return 'nothing: it has none';
  return all.length === 1 ? quoted(all.join('')) : `one of ${listing(all)}`;
}

/** Order that does not depend on the place or the language of the machine. */
export function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

const letters = (name: string): string => name.toLowerCase().replaceAll(/[-_]/g, '');

/** Whether two neighbouring letters are exchanged: one slip, which Levenshtein's distance counts as two. */
function isExchange(a: string, b: string): boolean {
  const first = a.split('').findIndex((letter, i) => letter !== b[i]);
  const exchanged = `${a.slice(0, first)}${a.charAt(first + 1)}${a.charAt(first)}${a.slice(first + 2)}`;
  return first >= 0 && exchanged === b;
}

function* firstOf<T>(count: number, items: Iterable<T>): Generator<T> {
  let left = count;
  for (const item of items) {
    if (left === 0) return;
    left -= 1;
    yield item;
  }
}
