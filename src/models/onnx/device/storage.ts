import type { Tensor } from 'onnxruntime-node';
import { messageOf } from '../../../graph/message-of.js';
import type { SlotStorage, Stored } from '../engine/slot-storage.js';
import type { NetworkSize } from '../network/network.js';
import type { DeviceArray } from './device.js';
import type { KeyValueArrays, KeyValuePrograms, Write } from './key-value-programs.js';
import type { Part } from './key-value-graphs.js';
import type { KeyValueViews } from './network.js';

/** New keys and values of one call: some of the tokens that a pass has kept. */
export interface DeviceStored extends Stored {
  /** The first of them. */
  readonly start: number;
}

/**
 * Keys and values of slots on a device, for every transformer block keys [slots, heads, width, capacity] and values [slots, heads,
 * capacity, width]. They never leave it. What happens to slots is only noted, since nothing can be waited for in between; then `append`
 * and `past` do it, all moves in one go.
 */
export class DeviceStorage implements SlotStorage<DeviceStored> {
  readonly #size: NetworkSize;
  readonly #programs: KeyValuePrograms;
  /** What is on the device: so many slots of that capacity. */
  #arrays: readonly KeyValueArrays[] = [];
  #slots = 0;
  #laidOut = 0;
  /** What is to be: the capacity, the slot on the device that each slot comes from (by default its own), how many are to stay, and what is new. */
  #capacity = 0;
  readonly #sources = new Map<number, number>();
  /** Those of them that are copies for what is written now. */
  readonly #copies = new Set<number>();
  #keep: number | null = null;
  #writes: Write[] = [];
  /** Why nothing is there of what should be; until nobody has anything any more. */
  #gone: Error | null = null;

  constructor(programs: KeyValuePrograms, size: NetworkSize) {
    this.#programs = programs;
    this.#size = size;
  }

  get capacity(): number {
    return this.#capacity;
  }

  get touchedBytes(): number {
    return this.bytesFor(this.#slots, this.#laidOut);
  }

  bytesFor(slots: number, capacity: number): number {
    return slots * capacity * this.#size.layers * 2 * this.#hidden * Float32Array.BYTES_PER_ELEMENT;
  }

  resize(capacity: number): void {
    this.#capacity = capacity;
    if (capacity > 0) return;
    this.#letGo();
    this.#gone = null;
  }

  copy(from: number, to: number, length: number): void {
    this.#sources.set(to, this.#sourceOf(from));
    this.#copies.add(to);
    // What was written since and would be copied along.
    for (const write of this.#writes.filter(({ slot }) => slot === from)) {
      const count = Math.min(write.count, length - write.position);
      if (count > 0) this.#writes.push({ ...write, slot: to, count });
    }
  }

  swap(a: number, _: number, b: number): void {
    const [first, second] = [this.#sourceOf(a), this.#sourceOf(b)];
    this.#sources.set(a, second);
    this.#sources.set(b, first);
    const other = new Map([
      [a, b],
      [b, a],
    ]);
    this.#writes = this.#writes.map((write) => ({ ...write, slot: other.get(write.slot) ?? write.slot }));
  }

  write(slot: number, position: number, { start, count }: DeviceStored): void {
    this.#writes.push({ slot, position, start, count });
  }

  rebuild(lengths: readonly number[]): void {
    this.#keep = lengths.length;
  }

  /**
   * Takes in what was written, from arrays with the keys and values of `tokens` kept tokens, [M, heads, width] each. Where there is no
   * room for it, neither capacity nor copies stay wanted, so that texts which have room on the device go on.
   */
  async append(fresh: readonly KeyValueArrays[], tokens: number): Promise<void> {
    const writes = this.#writes;
    this.#writes = [];
    if (writes.length === 0) return;
    try {
      await this.#layOut(Math.max(...writes.map(({ slot }) => slot)) + 1);
    } catch (error) {
      this.#capacity = this.#laidOut;
      for (const slot of this.#copies) this.#sources.delete(slot);
      throw error;
    } finally {
      this.#copies.clear();
    }
    await this.#programs.append(this.#arrays, { fresh, tokens, writes, capacity: this.#laidOut, slots: this.#slots });
  }

  /** The first `rows` slots as a pass reads them. */
  async past(rows: number): Promise<readonly KeyValueViews[]> {
    await this.#layOut(rows);
    const { heads, width } = this.#size;
    return this.#arrays.map(({ keys, values }) => ({
      keys: keys.view([rows, heads, width, this.#laidOut]),
      values: values.view([rows, heads, this.#laidOut, width]),
    }));
  }

  async dispose(): Promise<void> {
    this.#letGo();
    await this.#programs.dispose();
  }

  #letGo(): void {
    for (const array of this.#arrays.flatMap(({ keys, values }) => [keys, values])) array.dispose();
    this.#arrays = [];
    this.#sources.clear();
    this.#writes = [];
    this.#slots = 0;
    this.#laidOut = 0;
  }

  get #hidden(): number {
    return this.#size.heads * this.#size.width;
  }

  #sourceOf(slot: number): number {
    return this.#sources.get(slot) ?? slot;
  }

  /** Sees to it that what is on the device is what is to be, with room for at least `rows` slots. */
  async #layOut(rows: number): Promise<void> {
    if (this.#gone !== null) throw this.#gone;
    const slots = Math.max(rows, this.#keep ?? this.#slots);
    // It holds for what is laid out now: slots taken from here on are not to be let go.
    this.#keep = null;
    const capacity = this.#capacity;
    if (slots === this.#slots && capacity === this.#laidOut && this.#sources.size === 0) return;
    if (slots * capacity === 0) this.#letGo();
    else await this.#relocate(slots, capacity);
    this.#slots = capacity === 0 ? 0 : slots;
    this.#laidOut = capacity;
    this.#sources.clear();
  }

  /** Array by array, so that there is never much more on the device than before or afterwards. */
  async #relocate(slots: number, capacity: number): Promise<void> {
    const empty = this.#slots === 0;
    // What nobody has written to must be finite all the same, as anything is that is there.
    const inside = (index: number, count: number): number => (index < count ? index : 0);
    const moves = {
      slots: Int32Array.from({ length: slots }, (_, slot) => inside(this.#sourceOf(slot), this.#slots)),
      positions: Int32Array.from({ length: capacity }, (_, position) => inside(position, this.#laidOut)),
    };
    const made: DeviceArray[] = [];
    const given: DeviceArray[] = [];
    const moved = async (layer: number, part: Part): Promise<DeviceArray> => {
      const to = await this.#programs.allocate(slots * capacity * this.#hidden);
      made.push(to);
      const from = this.#arrays[layer]?.[part];
      if (empty || from === undefined) return to;
      const [source, target] = [
        this.#view(part, from, this.#slots, this.#laidOut),
        this.#view(part, to, slots, capacity),
      ];
      await this.#programs.relocate(part, source, target, moves);
      from.dispose();
      given.push(from);
      return to;
    };
    try {
      const arrays: KeyValueArrays[] = [];
      for (let layer = 0; layer < this.#size.layers; layer += 1) {
        arrays.push({ keys: await moved(layer, 'keys'), values: await moved(layer, 'values') });
      }
      this.#arrays = arrays;
    } catch (cause) {
      for (const array of made) array.dispose();
      if (given.length === 0) throw cause;
      this.#letGo();
      this.#gone = new Error(
        `the keys and values of all texts were lost when they were moved on the device, and have to be begun again (${messageOf(cause)})`,
        { cause },
      );
      throw this.#gone;
    }
  }

  #view(part: Part, array: DeviceArray, slots: number, capacity: number): Tensor {
    const { heads, width } = this.#size;
    return array.view(part === 'keys' ? [slots, heads, width, capacity] : [slots, heads, capacity, width]);
  }
}
