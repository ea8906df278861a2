/** Capacities are multiples of this, so that padding shifts what follows by whole turns of vector loops. */
export const capacityUnit = 64;

/** The least capacity with room for so many tokens. */
export const capacityFor = (tokens: number): number => Math.ceil(tokens / capacityUnit) * capacityUnit;

/** New keys and values of some tokens. */
export interface Stored {
  /** How many tokens. */
  readonly count: number;
}

/** Keys and values of slots, wherever they are. Knows nothing of who uses a slot. */
export interface SlotStorage<S extends Stored> {
  /** Positions that every slot has room for. */
  readonly capacity: number;
  /** Bytes of memory that are taken. */
  readonly touchedBytes: number;
  /** Bytes that so many slots take at a capacity. */
  bytesFor(slots: number, capacity: number): number;
  /** Changes the capacity; `lengths` says how much of each slot is to be kept. */
  resize(capacity: number, lengths: readonly number[]): void;
  /** Copies the leading `length` positions of a slot to another one. */
  copy(from: number, to: number, length: number): void;
  /** Lets two slots, of which `a` is used up to `lengthA` and `b` up to `lengthB`, change places. */
  swap(a: number, lengthA: number, b: number, lengthB: number): void;
  /** Writes new positions into a slot, from `position` on. */
  write(slot: number, position: number, stored: S): void;
  /** Gives memory back; `lengths` says how much of the first slots is to be kept, and all others are let go. */
  rebuild(lengths: readonly number[]): void;
}
