/** How many arguments a call gets: engines take some hundred thousand at most. */
const most = 4096;

/** Puts tokens in place of all from a position of a row on. */
export function rewrite(row: number[], start: number, tokens: readonly number[]): void {
  row.length = Math.min(row.length, start);
  for (let from = 0; from < tokens.length; from += most) row.push(...tokens.slice(from, from + most));
}
