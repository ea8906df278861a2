import { maxFieldText } from './limits.js';

/** Characters of a name or a value that a message quotes. */
const longest = 60;

/**
 * Text that somebody gave, as messages quote it: in quotes, on one line, and short whatever its length. Control characters
 * and lone surrogates are escaped as in JSON.
 */
export const quoted = (text: string): string =>
  JSON.stringify(text.length > longest ? `${text.slice(0, endBefore(text, longest))}...` : text);

/** The same without the quotes. */
export const excerpt = (text: string): string => quoted(text).slice(1, -1);

/** A sentence or a path of at most `maxFieldText` characters: of a longer one the beginning and the end are left. */
export function shortened(text: string): string {
  if (text.length <= maxFieldText) return text;
  const half = Math.floor((maxFieldText - 3) / 2);
  return `${text.slice(0, endBefore(text, half))}...${text.slice(-half).replace(/^[\uDC00-\uDFFF]/, '')}`;
}

/** Where text of at most `most` code units ends that does not cut a character in two. */
function endBefore(text: string, most: number): number {
  return /[\uD800-\uDBFF]/.test(text.charAt(most - 1)) ? most - 1 : most;
}
