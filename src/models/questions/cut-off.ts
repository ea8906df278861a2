/** The value down to which the largest of some values are taken, and what those above it weigh together. */
export interface CutOff {
  readonly value: number;
  readonly above: number;
}

/**
 * The value at which the largest `values`, taken one after the other, first weigh at least `target` together; the
 * smallest value where all of them weigh less. Takes time in proportion to their number: a vocabulary is not sorted
 * for the few tokens that are taken. Works on a copy.
 */
export function cutOff(values: Float64Array, target: number, weigh: (value: number) => number): CutOff {
  const left = Float64Array.from(values);
  let from = 0;
  let to = left.length;
  let above = 0;
  for (;;) {
    const value = pivotOf(left, from, to);
    const { larger, equal, firstEqual, firstSmaller } = partition(left, from, to, value, weigh);
    if (firstEqual > from && above + larger >= target) to = firstEqual;
    else if (firstSmaller === to || above + larger + equal >= target) return { value, above: above + larger };
    else {
      above += larger + equal;
      from = firstSmaller;
    }
  }
}

/** The middle one of the first, the middle and the last value. */
function pivotOf(values: Float64Array, from: number, to: number): number {
  const a = values[from] ?? 0;
  const b = values[(from + to) >> 1] ?? 0;
  const c = values[to - 1] ?? 0;
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
}

/** Orders the values between `from` and `to` into those larger than the pivot, its equals, and those smaller. */
function partition(
  values: Float64Array,
  from: number,
  to: number,
  pivot: number,
  weigh: (value: number) => number,
): { larger: number; equal: number; firstEqual: number; firstSmaller: number } {
  let larger = 0;
  let equal = 0;
  let firstEqual = from;
  let firstSmaller = to;
  for (let i = from; i < firstSmaller;) {
    const value = values[i] ?? 0;
    if (value > pivot) {
      larger += weigh(value);
      values[i] = values[firstEqual] ?? 0;
      values[firstEqual] = value;
      firstEqual += 1;
      i += 1;
    } else if (value < pivot) {
      firstSmaller -= 1;
      values[i] = values[firstSmaller] ?? 0;
      values[firstSmaller] = value;
    } else {
      equal += weigh(value);
      i += 1;
    }
  }
  return { larger, equal, firstEqual, firstSmaller };
}
