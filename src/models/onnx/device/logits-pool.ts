import type { MachineUsage, Shared } from '../engine/machine.js';
import { segmentWidth } from '../questions/segments.js';
import type { Device, DeviceArray } from './device.js';

/** Segments of logits on a device. */
export interface SegmentsBuffer extends Shared {
  readonly array: DeviceArray;
}

/** An array is not used for less than this share of it. */
const leastUse = 0.25;
/** Unused arrays that are kept for later passes. */
const mostKept = 2;

/** Arrays for the logits of passes; one stays as long as any prediction of its pass. */
export class LogitsPool {
  readonly #device: Device;
  #free: DeviceArray[] = [];
  readonly #used = new Set<DeviceArray>();

  constructor(device: Device) {
    this.#device = device;
  }

  get usage(): MachineUsage {
    const lengths = [...this.#free, ...this.#used].map(({ length }) => length);
    const numbers = lengths.reduce((sum, length) => sum + length, 0);
    return { buffers: this.#used.size, logitsBytes: numbers * Float32Array.BYTES_PER_ELEMENT };
  }

  /** Room for so many segments, with one user. */
  async take(segments: number): Promise<SegmentsBuffer> {
    const array = await this.#find(segments * segmentWidth);
    this.#used.add(array);
    let users = 1;
    return {
      array,
      retain: () => {
        users += 1;
      },
      release: () => {
        users -= 1;
        if (users === 0) this.#giveBack(array);
      },
    };
  }

  dispose(): void {
    for (const array of [...this.#free, ...this.#used]) array.dispose();
    this.#free = [];
    this.#used.clear();
  }

  #find(length: number): Promise<DeviceArray> {
    const fitting = this.#free
      .filter((array) => array.length >= length && length >= array.length * leastUse)
      .sort((a, b) => a.length - b.length)[0];
    if (fitting === undefined) return this.#allocate(length);
    this.#free = this.#free.filter((array) => array !== fitting);
    return Promise.resolve(fitting);
  }

  /** Where there is no room, that of unused arrays may do. */
  async #allocate(length: number): Promise<DeviceArray> {
    try {
      return await this.#device.allocate(length);
    } catch (error) {
      if (this.#free.length === 0) throw error;
      for (const array of this.#free.splice(0)) array.dispose();
      return this.#device.allocate(length);
    }
  }

  #giveBack(array: DeviceArray): void {
    if (!this.#used.delete(array)) return;
    const free = [array, ...this.#free];
    this.#free = free.slice(0, mostKept);
    for (const each of free.slice(mostKept)) each.dispose();
  }
}
