/** A slot as placing sees it. */
export interface Occupied {
  /** Tokens in it; 0 where nobody is. */
  readonly length: number;
  /** Whether it takes part in the pass. */
  readonly taking: boolean;
}

export interface Placing {
  /** Pairs of slots that change places. */
  readonly moves: readonly (readonly [from: number, to: number])[];
  /** Tokens that move. */
  readonly tokens: number;
}

/**
 * The cheapest way to bring all slots that take part into `window` neighbouring ones, which are at least as many: into the first
 * ones, where `toFirst` says so. Those outside of the window change places with the shortest of those inside that take no part. Takes
 * n log n steps for n slots: each window's cost follows from that of the one before.
 */
export function placeTogether(slots: readonly Occupied[], window: number, toFirst = false): Placing {
  let outside = 0;
  let outsideTokens = 0;
  let longest = 0;
  for (const { taking, length } of slots) {
    longest = Math.max(longest, length);
    if (!taking) continue;
    outside += 1;
    outsideTokens += length;
  }
  const idle = new Lengths(longest);
  const change = ({ taking, length }: Occupied, inside: 1 | -1): void => {
    if (!taking) idle.add(length, inside);
    else {
      outside -= inside;
      outsideTokens -= inside * length;
    }
  };
  let best = { first: 0, tokens: Infinity };
  slots.forEach((entering, last) => {
    change(entering, 1);
    const first = last + 1 - window;
    const leaving = slots[first - 1];
    if (leaving !== undefined) change(leaving, -1);
    if (first < 0 && last + 1 < slots.length) return;
    if (first > 0 && toFirst) return;
    const tokens = outsideTokens + idle.sumOfShortest(outside);
    if (tokens < best.tokens) best = { first: Math.max(0, first), tokens };
  });
  return movesInto(slots, best.first, best.first + window);
}

/** Those outside of [first, end) change places with the shortest of those inside that take no part. */
function movesInto(slots: readonly Occupied[], first: number, end: number): Placing {
  const inside = (index: number) => index >= first && index < end;
  const lengthAt = (index: number) => slots[index]?.length ?? 0;
  const outside = slots.flatMap(({ taking }, index) => (taking && !inside(index) ? [index] : []));
  const givingWay = slots
    .flatMap(({ taking }, index) => (!taking && inside(index) ? [index] : []))
    .sort((a, b) => lengthAt(a) - lengthAt(b));
  const moves = outside.flatMap((from, index) => {
    const to = givingWay[index];
    return to === undefined ? [] : [[from, to] as const];
  });
  return { moves, tokens: moves.reduce((sum, [from, to]) => sum + lengthAt(from) + lengthAt(to), 0) };
}

/** Lengths from 0 to a longest one, of which the shortest are summed in few steps: a Fenwick tree of their counts and sums. */
class Lengths {
  readonly #counts: Int32Array;
  readonly #sums: Float64Array;

  constructor(longest: number) {
    this.#counts = new Int32Array(longest + 2);
    this.#sums = new Float64Array(longest + 2);
  }

  /** Adds a length `times` times. */
  add(length: number, times: number): void {
    for (let at = length + 1; at < this.#counts.length; at += at & -at) {
      this.#counts[at] = (this.#counts[at] ?? 0) + times;
      this.#sums[at] = (this.#sums[at] ?? 0) + times * length;
    }
  }

  /** The sum of the `count` shortest, of which there have to be as many. */
  sumOfShortest(count: number): number {
    let [at, left, sum] = [0, count, 0];
    for (let step = 1 << Math.floor(Math.log2(this.#counts.length)); step > 0; step >>= 1) {
      const next = at + step;
      const more = this.#counts[next];
      if (more === undefined || more > left) continue;
      at = next;
      left -= more;
      sum += this.#sums[next] ?? 0;
    }
    return sum + left * at;
  }
}
