import { processorCosts, type Costs } from './costs.js';
import { FreeSlots } from './free-slots.js';
import { placeTogether, type Occupied } from './placing.js';
import { capacityFor, type SlotStorage, type Stored } from './slot-storage.js';

/** A handle's keys and values: the leading `length` positions of a slot. */
interface Lease {
  readonly slot: Slot;
  readonly length: number;
}

interface Slot {
  /** Changes when slots are moved together. */
  index: number;
  readonly leases: Set<Lease>;
}

/** Where the rows of a pass are: slots `first` to `first + rows - 1`. */
export interface Rows {
  readonly first: number;
  readonly rows: number;
  /** The row of each handle asked for, in order. */
  readonly of: readonly number[];
  /** Rows for calls that have nothing stored. */
  readonly spare: readonly number[];
}

/** Neighbouring slots. */
interface Span {
  readonly first: number;
  readonly end: number;
}

export interface SlotUsage {
  /** Handles that were not released yet. */
  readonly handles: number;
  /** Slots that handles lie in. */
  readonly slots: number;
  /** Positions of each slot. */
  readonly capacity: number;
  /** Memory behind them. */
  readonly bytes: number;
}

/**
 * Keys and values of many texts, by handle. Handles on one slot share its beginning; one that grows does so in place,
 * where no other handle uses what is behind its end, and in a slot of its own otherwise.
 */
export class Slots<S extends Stored> {
  readonly #storage: SlotStorage<S>;
  readonly #leases = new Map<number, Lease>();
  /** By index; `null` where nobody is. */
  readonly #slots: (Slot | null)[] = [];
  /** Every slot that is free is in it. */
  readonly #free = new FreeSlots();
  readonly #costs: Pick<Costs, 'move' | 'fromFirst'>;
  readonly #keepBytes: number;
  #waste = 0;

  /** Memory is not given back as long as it is less than `keepBytes`. */
  constructor(
    storage: SlotStorage<S>,
    costs: Pick<Costs, 'move' | 'fromFirst'> = processorCosts,
    keepBytes = 64 * 2 ** 20,
  ) {
    this.#storage = storage;
    this.#costs = costs;
    this.#keepBytes = keepBytes;
  }

  get usage(): SlotUsage {
    return {
      handles: this.#leases.size,
      slots: this.#used,
      capacity: this.#storage.capacity,
      bytes: this.#storage.touchedBytes,
    };
  }

  /** Slots that somebody is in. */
  get #used(): number {
    return this.#slots.reduce((sum, slot) => sum + (slot === null ? 0 : 1), 0);
  }

  get capacity(): number {
    return this.#storage.capacity;
  }

  /** Makes `id` a handle for the leading `length` tokens of `of`. */
  share(id: number, of: number, length: number): void {
    const { slot, length: whole } = this.#find(of);
    if (length > whole) throw new Error(`${length} of ${whole} stored tokens were asked for`);
    this.#lease(id, slot, length);
  }

  /** The slot that a handle lies in. Neighbours pass more cheaply together than those that lie far apart. */
  placeOf(id: number): number {
    return this.#find(id).slot.index;
  }

  has(id: number): boolean {
    return this.#leases.has(id);
  }

  release(id: number): void {
    const lease = this.#find(id);
    this.#leases.delete(id);
    lease.slot.leases.delete(lease);
    if (lease.slot.leases.size === 0) this.#put(lease.slot.index, null);
  }

  /** Makes `id` a handle for the leading `length` tokens of `of` (none where it is `null`) and the new ones behind them. */
  extend(id: number, of: number | null, length: number, stored: S): void {
    const source = of === null ? null : this.#find(of);
    if (length > (source?.length ?? 0)) throw new Error(`${length} stored tokens to go on from are too many`);
    const inPlace = source !== null && usedLength(source.slot) <= length;
    this.#makeRoom(length + stored.count);
    const slot = inPlace ? source.slot : this.#open();
    if (!inPlace && source !== null) this.#storage.copy(source.slot.index, slot.index, length);
    this.#storage.write(slot.index, length, stored);
    this.#put(slot.index, slot);
    this.#lease(id, slot, length + stored.count);
  }

  /**
   * Rows for a pass of `queries` query places in which these handles (at least one) take part, and `spare` calls that have nothing
   * stored. Slots are moved together when the rows between them have cost more than moving does.
   */
  arrange(ids: readonly number[], spare: number, queries: number): Rows {
    const slots = ids.map((id) => this.#find(id).slot);
    const taking = new Set(slots);
    const window = taking.size + spare;
    const span = this.#spanOf(taking);
    const idle = (span.end - span.first - window) * this.#storage.capacity * queries;
    if (idle > 0) {
      this.#waste += idle;
      const { moves, tokens } = placeTogether(this.#occupied(taking, span), window, this.#costs.fromFirst);
      if (this.#waste > tokens * this.#costs.move) {
        for (const [from, to] of moves) this.#swap(span.first + from, span.first + to);
        this.#waste = 0;
      }
    }
    const indices = new Set(Array.from(taking, ({ index }) => index));
    let { first, end } = this.#spanOf(taking);
    // Rows of slots that take no part come first, then those behind, then those before.
    const free: number[] = [];
    for (let index = first; index < end && free.length < spare; index += 1) if (!indices.has(index)) free.push(index);
    while (free.length < spare) {
      const behind = first === 0 || end < this.#slots.length;
      if (behind) end += 1;
      else first -= 1;
      free.push(behind ? end - 1 : first);
    }
    return {
      first,
      rows: end - first,
      of: slots.map(({ index }) => index - first),
      spare: free.map((index) => index - first),
    };
  }

  /** Lowers the capacity to what is used, and gives memory back where far more was taken than is used now. */
  trim(): void {
    while (this.#slots.at(-1) === null) this.#slots.pop();
    const lengths = this.#lengths();
    const needed = capacityFor(lengths.reduce((most, each) => Math.max(most, each), 0));
    if (needed <= this.#storage.capacity * shrinkAt) this.#storage.resize(needed, lengths);
    const bytes = this.#storage.touchedBytes;
    if (bytes <= this.#keepBytes || bytes <= farTooLarge * this.#storage.bytesFor(this.#used, needed)) return;
    for (let hole = this.#lowestFree(); hole !== null; hole = this.#lowestFree()) {
      this.#swap(this.#slots.length - 1, hole);
      while (this.#slots.at(-1) === null) this.#slots.pop();
    }
    this.#storage.resize(needed, this.#lengths());
    this.#storage.rebuild(this.#lengths());
  }

  /** The slots that a pass of these goes over. */
  #spanOf(slots: ReadonlySet<Slot>): Span {
    let [first, end] = [Infinity, 0];
    for (const { index } of slots) {
      first = Math.min(first, index);
      end = Math.max(end, index + 1);
    }
    return { first: this.#costs.fromFirst ? 0 : first, end };
  }

  #find(id: number): Lease {
    const lease = this.#leases.get(id);
    if (lease === undefined) throw new Error('the keys and values of this text are gone');
    return lease;
  }

  #lease(id: number, slot: Slot, length: number): void {
    if (this.#leases.has(id)) throw new Error(`handle ${id} exists already`);
    const lease = { slot, length };
    this.#leases.set(id, lease);
    slot.leases.add(lease);
  }

  /** The lowest free slot, not yet taken. */
  #open(): Slot {
    return { index: this.#lowestFree() ?? this.#slots.length, leases: new Set() };
  }

  #lowestFree(): number | null {
    return this.#free.lowest((index) => this.#slots[index] === null);
  }

  #put(index: number, slot: Slot | null): void {
    this.#slots[index] = slot;
    if (slot === null) this.#free.add(index);
  }

  #makeRoom(tokens: number): void {
    const needed = capacityFor(tokens);
    if (needed > this.#storage.capacity) this.#storage.resize(needed, this.#lengths());
  }

  #lengths(): number[] {
    return this.#slots.map((slot) => (slot === null ? 0 : usedLength(slot)));
  }

  #occupied(taking: ReadonlySet<Slot>, { first, end }: Span): Occupied[] {
    return this.#slots.slice(first, end).map((slot) => ({
      length: slot === null ? 0 : usedLength(slot),
      taking: slot !== null && taking.has(slot),
    }));
  }

  #swap(a: number, b: number): void {
    const [first, second] = [this.#slots[a] ?? null, this.#slots[b] ?? null];
    this.#storage.swap(a, first === null ? 0 : usedLength(first), b, second === null ? 0 : usedLength(second));
    if (first !== null) first.index = b;
    if (second !== null) second.index = a;
    this.#put(a, second);
    this.#put(b, first);
  }
}

/** Capacity is lowered when no more than this share of it is used: each time, everything is moved. */
const shrinkAt = 0.75;
/** Memory is given back when it is more than this many times what is used. */
const farTooLarge = 4;

const usedLength = ({ leases }: Slot): number => {
  let longest = 0;
  for (const { length } of leases) longest = Math.max(longest, length);
  return longest;
};
