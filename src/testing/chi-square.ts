/**
 * Pearson's statistic of `observed` counts against `expected` probabilities, as a standard normal deviate by
 * Wilson and Hilferty's cube root. Cells with fewer than five expected counts are put together, and where they do not
 * reach five even so, with the smallest of the others. A value above 4.75 comes by chance once in a million. What cannot
 * happen deviates infinitely, and what has to happen by nothing. Throws an `Error` where there are too few counts to tell.
 */
export function chiSquareDeviate(
  observed: ReadonlyMap<string, number>,
  expected: ReadonlyMap<string, number>,
): { readonly deviate: number; readonly degrees: number } {
  const total = [...observed.values()].reduce((sum, n) => sum + n, 0);
  const mass = [...expected.values()].reduce((sum, p) => sum + p, 0);
  if (Math.abs(mass - 1) > 1e-9) throw new Error(`expected probabilities sum to ${mass.toString()}`);
  for (const key of observed.keys()) if (!((expected.get(key) ?? 0) > 0)) return { deviate: Infinity, degrees: 0 };
  const cells: { count: number; mean: number }[] = [];
  const rest = { count: 0, mean: 0 };
  for (const [key, p] of expected) {
    const cell = { count: observed.get(key) ?? 0, mean: p * total };
    if (cell.mean >= 5) cells.push(cell);
    else {
      rest.count += cell.count;
      rest.mean += cell.mean;
    }
  }
  const smallest = cells.reduce((least, cell) => (cell.mean < least.mean ? cell : least), cells[0] ?? rest);
  if (rest.mean >= 5) cells.push(rest);
  else if (smallest !== rest) {
    smallest.count += rest.count;
    smallest.mean += rest.mean;
  }
  const degrees = cells.length - 1;
  if (degrees < 1) {
    if (total > 0 && [...expected.values()].some((p) => p === mass)) return { deviate: 0, degrees: 0 };
    throw new Error(`${total.toString()} counts are too few to tell distributions apart`);
  }
  const statistic = cells.reduce((sum, { count, mean }) => sum + (count - mean) ** 2 / mean, 0);
  const spread = 2 / (9 * degrees);
  return { deviate: (Math.cbrt(statistic / degrees) - (1 - spread)) / Math.sqrt(spread), degrees };
}
