/** A value of the parameter that decides NFE, and the NFE a row that it leads to. */
export interface Affordable {
  readonly value: number;
  readonly nfe: number;
}

/** NFE of a value; where it is above `limit`, any number above `limit` will do. */
export type NfeOf = (value: number, limit: number) => Promise<number>;

/**
 * The largest value from `min` to `max` whose NFE is at most `budget`; `null` when that of `min` is above it. Where even
 * `max` is paid for, the smallest value that comes to the same NFE: what is beyond it changes nothing. NFE must not fall as
 * the value grows. Values are doubled until they are too dear, then the gap is halved.
 */
export async function largestWithin(
  nfeOf: NfeOf,
  budget: number,
  { min, max }: { readonly min: number; readonly max: number },
): Promise<Affordable | null> {
  let best = { value: min, nfe: await nfeOf(min, budget) };
  if (best.nfe > budget) return null;
  let tooDear = max + 1;
  let stride = 1;
  while (tooDear - best.value > 1) {
    const gap = tooDear - best.value;
    const value = tooDear > max ? Math.min(best.value + stride, max) : best.value + Math.floor(gap / 2);
    const nfe = await nfeOf(value, budget);
    if (nfe > budget) tooDear = value;
    else best = { value, nfe };
    stride *= 2;
  }
  return best.value === max ? leastWith(nfeOf, best, min) : best;
}

/** The smallest value from `min` on with the NFE of another. */
async function leastWith(nfeOf: NfeOf, { value, nfe }: Affordable, min: number): Promise<Affordable> {
  let [below, least] = [min - 1, value];
  while (least - below > 1) {
    const middle = below + Math.floor((least - below) / 2);
    if ((await nfeOf(middle, nfe)) === nfe) least = middle;
    else below = middle;
  }
  return { value: least, nfe };
}
