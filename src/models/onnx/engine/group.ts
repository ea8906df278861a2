import type { NetworkSize } from '../network/network.js';
import type { Costs } from './costs.js';
import type { EngineCall } from './protocol.js';

/**
 * Which calls go through the network together: all of them, but where padding short ones to the length of long ones (a
 * new run's prompt) would cost more in attention than another pass. Best over all ways to cut the calls, ordered by
 * length; what a token costs in matrix products and a query-key pair in attention is taken from the network's size.
 */
export function groupByCost<T extends Pick<EngineCall, 'cache' | 'tokens'>>(
  calls: readonly T[],
  capacity: number,
  { size: { heads, width }, costs }: { readonly size: Pick<NetworkSize, 'heads' | 'width'>; readonly costs: Costs },
): T[][] {
  const ordered = calls.toSorted((a, b) => a.tokens.length - b.tokens.length);
  const hidden = heads * width;
  // 12 h^2 multiplications a token and block, 2 h a pair, at about half the speed.
  const pairsPerToken = 3 * hidden;
  const fixed = costs.pass + costs.start / (12 * hidden ** 2);
  const best: { readonly cost: number; readonly from: number }[] = [{ cost: 0, from: 0 }];
  for (let end = 1; end <= ordered.length; end += 1) {
    let choice = { cost: Infinity, from: 0 };
    const group = new Shape(capacity);
    for (let from = end - 1; from >= 0; from -= 1) {
      const call = ordered[from];
      if (call !== undefined) group.add(call);
      if (end - from > 1 && group.tokens > costs.mostTokens) break;
      const ofGroup = Math.max(costs.least, fixed + group.tokens) + group.pairs / pairsPerToken;
      const cost = (best[from]?.cost ?? 0) + ofGroup;
      if (cost < choice.cost) choice = { cost, from };
    }
    best.push(choice);
  }
  const groupOf = new Map<T, T[]>();
  const groups: T[][] = [];
  for (let end = ordered.length; end > 0; end = best[end]?.from ?? 0) {
    const group: T[] = [];
    groups.push(group);
    for (const call of ordered.slice(best[end]?.from ?? 0, end)) groupOf.set(call, group);
  }
  for (const call of calls) groupOf.get(call)?.push(call);
  return groups.reverse();
}

/** The size of a pass as calls join it. */
class Shape {
  #tokens = 0;
  readonly #capacity: number;
  readonly #rows = new Map<number, number>();
  #free = 0;
  #longest = 0;
  #stored = false;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  add({ cache, tokens }: Pick<EngineCall, 'cache' | 'tokens'>): void {
    this.#tokens += tokens.length;
    let queries = tokens.length;
    if (cache === null) this.#free += 1;
    else {
      queries += this.#rows.get(cache) ?? 0;
      this.#rows.set(cache, queries);
      this.#stored = true;
    }
    this.#longest = Math.max(this.#longest, queries);
  }

  get tokens(): number {
    return this.#tokens;
  }

  /** Pairs of queries and keys, padding included. */
  get pairs(): number {
    const rows = this.#rows.size + this.#free;
    return rows * this.#longest * (this.#longest + (this.#stored ? this.#capacity : 0));
  }
}
