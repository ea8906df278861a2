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
 * ones, where `toFirst` says so.
 */
export function placeTogether(slots: readonly Occupied[], window: number, toFirst = false): Placing {
  let best: Placing | null = null;
  for (let first = 0; first === 0 || (!toFirst && first + window <= slots.length); first += 1) {
    const placing = placeInto(slots, first, first + window);
    if (best === null || placing.tokens < best.tokens) best = placing;
  }
  return best ?? { moves: [], tokens: 0 };
}

/** Those outside of [first, end) change places with the shortest of those inside that take no part. */
function placeInto(slots: readonly Occupied[], first: number, end: number): Placing {
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
