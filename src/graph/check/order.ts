import { byCodeUnit } from '../names.js';

export interface Ordering {
  /** Every key once, dependencies first; among those that are free to go, in the order of their code units. */
  readonly order: readonly string[];
  /** Cycles that had to be broken to go on, each from its first key along what its members depend on. */
  readonly cycles: readonly (readonly string[])[];
}

/** Puts keys in topological order. Dependencies on keys that are not in the map are ignored. */
export function topologicalOrder(dependencies: ReadonlyMap<string, ReadonlySet<string>>): Ordering {
  const sorted = [...dependencies.keys()].sort(byCodeUnit);
  const pending = new Map(sorted.map((key) => [key, new Set<string>()]));
  const dependents = new Map(sorted.map((key) => [key, new Array<string>()]));
  for (const key of sorted) {
    for (const dependency of [...(dependencies.get(key) ?? [])].sort(byCodeUnit)) {
      if (!pending.has(dependency)) continue;
      pending.get(key)?.add(dependency);
      dependents.get(dependency)?.push(key);
    }
  }
  const ready = new Ready(sorted.filter((key) => pending.get(key)?.size === 0));
  const order: string[] = [];
  const cycles: string[][] = [];
  let first = 0;
  while (pending.size > 0) {
    let key = ready.take();
    if (key === undefined) {
      while (!pending.has(sorted[first] ?? '')) first += 1;
      const cycle = findCycle(sorted[first] ?? '', pending);
      cycles.push(cycle);
      key = cycle[0];
      if (key === undefined) break;
    }
    if (!pending.delete(key)) continue;
    order.push(key);
    for (const dependent of dependents.get(key) ?? []) {
      const left = pending.get(dependent);
      if (left?.delete(key) === true && left.size === 0) ready.put(dependent);
    }
  }
  return { order, cycles };
}

/** Follows dependencies that are not done yet until one comes back. */
function findCycle(start: string, pending: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const trail: string[] = [];
  const seen = new Map<string, number>();
  let key = start;
  while (!seen.has(key)) {
    seen.set(key, trail.length);
    trail.push(key);
    const [next] = pending.get(key) ?? [];
    if (next === undefined) return trail;
    key = next;
  }
  const cycle = trail.slice(seen.get(key));
  const least = cycle.reduce((best, member, i) => (byCodeUnit(member, cycle[best] ?? member) < 0 ? i : best), 0);
  return [...cycle.slice(least), ...cycle.slice(0, least)];
}

/** Keys that are free to go, the least first. */
class Ready {
  /** In descending order, so that the least is the last. */
  readonly #keys: string[];

  constructor(ascending: readonly string[]) {
    this.#keys = ascending.toReversed();
  }

  put(key: string): void {
    let low = 0;
    for (let high = this.#keys.length; low < high;) {
      const middle = (low + high) >> 1;
      if (byCodeUnit(this.#keys[middle] ?? '', key) > 0) low = middle + 1;
      else high = middle;
    }
    this.#keys.splice(low, 0, key);
  }

  take(): string | undefined {
    return this.#keys.pop();
  }
}
