import type { KeyValueData, NetworkSize } from '../network/network.js';
import { letGo } from './memory.js';
import { capacityFor, type SlotStorage, type Stored } from './slot-storage.js';

/** New keys and values of one call among those of a pass. */
export interface FreshRange extends Stored {
  /** For every transformer block [heads, positions, width]. */
  readonly layers: readonly KeyValueData[];
  readonly positions: number;
  readonly start: number;
}

/**
 * Keys and values of slots, for every transformer block [slots, heads, capacity, width], packed as tightly as the
 * capacity says. There is address space for slots of a greater length, up to the model's: memory that was never written
 * to costs nothing, and a greater capacity is then a matter of moving rows apart.
 */
export class KeyValueStorage implements SlotStorage<FreshRange> {
  readonly #size: NetworkSize;
  readonly #most: number;
  /** The capacity that there is address space for. */
  #limit: number;
  #memory: Memory = [];
  #layers: readonly KeyValueData[] = [];
  #reserved = 0;
  #capacity = 0;
  #touched = 0;
  #spare = new Float32Array();

  /** `length` is the most tokens of a slot. */
  constructor(size: NetworkSize, length: number) {
    this.#size = size;
    this.#most = capacityFor(length);
    this.#limit = Math.min(this.#most, limitAtFirst);
    this.#take(this.#allocate(0, this.#limit), 0, this.#limit);
  }

  get capacity(): number {
    return this.#capacity;
  }

  /** Bytes of memory that have been written to or moved over. */
  get touchedBytes(): number {
    return this.#touched * this.#size.layers * 2 * Float32Array.BYTES_PER_ELEMENT;
  }

  bytesFor(slots: number, capacity: number): number {
    const { layers, heads, width } = this.#size;
    return slots * capacity * layers * 2 * heads * width * Float32Array.BYTES_PER_ELEMENT;
  }

  /** The slots from `first` on, as a pass takes them. */
  view(first: number, slots: number): readonly KeyValueData[] {
    this.#reserve(first + slots);
    const stride = this.#stride(this.#capacity);
    return this.#layers.map(({ keys, values }) => ({
      keys: keys.subarray(first * stride, (first + slots) * stride),
      values: values.subarray(first * stride, (first + slots) * stride),
    }));
  }

  resize(capacity: number, lengths: readonly number[]): void {
    if (capacity === this.#capacity) return;
    if (capacity > this.#limit) this.#move(this.#reserved, Math.min(this.#most, Math.max(2 * this.#limit, capacity)));
    const { heads, width } = this.#size;
    const [before, after] = [this.#capacity * width, capacity * width];
    const rows = lengths.length * heads;
    for (const array of arraysOf(this.#layers)) {
      for (let turn = 0; turn < rows; turn += 1) {
        // What moves up is moved from the last row on, so that nothing is written over.
        const row = after > before ? rows - 1 - turn : turn;
        const size = (lengths[Math.floor(row / heads)] ?? 0) * width;
        if (size > 0) array.copyWithin(row * after, row * before, row * before + size);
      }
    }
    this.#capacity = capacity;
    this.#touch(lengths.length);
  }

  copy(from: number, to: number, length: number): void {
    this.#reserve(to + 1);
    for (const array of arraysOf(this.#layers)) {
      this.#eachHead(from, to, (source, target) =>
        array.copyWithin(target, source, source + length * this.#size.width),
      );
    }
    this.#touch(to + 1);
  }

  swap(a: number, lengthA: number, b: number, lengthB: number): void {
    const { width } = this.#size;
    const kept = lengthB * width;
    if (this.#spare.length < kept) this.#spare = new Float32Array(this.#limit * width);
    for (const array of arraysOf(this.#layers)) {
      this.#eachHead(a, b, (first, second) => {
        this.#spare.set(array.subarray(second, second + kept));
        array.copyWithin(second, first, first + lengthA * width);
        array.set(this.#spare.subarray(0, kept), first);
      });
    }
    this.#touch(Math.max(a, b) + 1);
  }

  write(slot: number, position: number, fresh: FreshRange): void {
    this.#reserve(slot + 1);
    const { heads, width } = this.#size;
    const stride = this.#stride(this.#capacity);
    this.#layers.forEach((own, layer) => {
      const source = fresh.layers[layer];
      if (source === undefined) throw new Error(`a pass gave no keys and values for block ${layer}`);
      for (let head = 0; head < heads; head += 1) {
        const from = (head * fresh.positions + fresh.start) * width;
        const to = slot * stride + (head * this.#capacity + position) * width;
        own.keys.set(source.keys.subarray(from, from + fresh.count * width), to);
        own.values.set(source.values.subarray(from, from + fresh.count * width), to);
      }
    });
    this.#touch(slot + 1);
  }

  rebuild(lengths: readonly number[]): void {
    const { heads, width } = this.#size;
    const old = arraysOf(this.#layers);
    const memory = this.#allocate(lengths.length, this.#limit);
    const stride = this.#stride(this.#capacity);
    this.#split(memory, lengths.length, this.#limit).forEach((array, index) => {
      lengths.forEach((length, slot) => {
        for (let head = 0; head < heads; head += 1) {
          const at = slot * stride + head * (stride / heads);
          array.set(old[index]?.subarray(at, at + length * width) ?? [], at);
        }
      });
    });
    this.#take(memory, lengths.length, this.#limit);
    this.#touched = 0;
    this.#touch(lengths.length);
  }

  #stride(capacity: number): number {
    return this.#size.heads * capacity * this.#size.width;
  }

  #touch(slots: number): void {
    this.#touched = Math.max(this.#touched, slots * this.#stride(this.#capacity));
  }

  #eachHead(a: number, b: number, act: (a: number, b: number) => void): void {
    const stride = this.#stride(this.#capacity);
    for (let head = 0; head < this.#size.heads; head += 1) {
      const at = head * this.#capacity * this.#size.width;
      act(a * stride + at, b * stride + at);
    }
  }

  #reserve(slots: number): void {
    if (slots > this.#reserved) this.#move(Math.max(slots, 2 * this.#reserved), this.#limit);
  }

  /** Everything that is there into memory for so many slots of so many positions. */
  #move(slots: number, limit: number): void {
    const old = arraysOf(this.#layers);
    const memory = this.#allocate(slots, limit);
    this.#split(memory, slots, limit).forEach((array, index) => {
      array.set(old[index]?.subarray(0, this.#touched) ?? []);
    });
    this.#take(memory, slots, limit);
  }

  /**
   * Memory for all arrays. Small ones are in one piece, so that it is the system's as soon as it is let go of, however much else is
   * in use. Large ones are that anyway, and many rows in one piece would be more than an array may have or a system promises at once.
   */
  #allocate(slots: number, limit: number): Memory {
    const [arrays, length] = [2 * this.#size.layers, slots * this.#stride(limit)];
    const apart = length >= lengthApart;
    try {
      return Array.from({ length: apart ? arrays : 1 }, () => new Float32Array(apart ? length : arrays * length));
    } catch (error) {
      throw new Error(`there is not enough memory for the keys and values of ${slots} rows`, { cause: error });
    }
  }

  /** Keys and values of each block in turn. */
  #split(memory: Memory, slots: number, limit: number): Float32Array[] {
    const length = slots * this.#stride(limit);
    return memory.flatMap((piece) =>
      Array.from({ length: (2 * this.#size.layers) / memory.length }, (_, index) =>
        piece.subarray(index * length, (index + 1) * length),
      ),
    );
  }

  #take(memory: Memory, slots: number, limit: number): void {
    letGo(this.#memory);
    this.#memory = memory;
    this.#reserved = slots;
    this.#limit = limit;
    const arrays = this.#split(memory, slots, limit);
    this.#layers = Array.from({ length: this.#size.layers }, (_, layer) => ({
      keys: arrays[2 * layer] ?? none,
      values: arrays[2 * layer + 1] ?? none,
    }));
  }
}

/** Positions that there is address space for before longer texts come: a `config.json` may allow any length. */
const limitAtFirst = 4096;

/** In one piece for all arrays, or in one for each. */
type Memory = readonly Float32Array<ArrayBuffer>[];

/** Arrays of as many numbers (64 MiB) are apart: allocators take so much from the system directly, and give it back so. */
const lengthApart = 2 ** 24;

const none = new Float32Array();

const arraysOf = (layers: readonly KeyValueData[]): Float32Array[] =>
  layers.flatMap(({ keys, values }) => [keys, values]);
