import type { Tensor } from 'onnxruntime-node';
import { freshNames, pastNames } from '../network/block-dit.js';
import type { NetworkSize } from '../network/network.js';
import type { Device, DeviceArray, Program } from './device.js';
import { appendGraph, appended, relocationGraph, type Part } from './key-value-graphs.js';

/** Keys and values of one transformer block. */
export type KeyValueArrays = Readonly<Record<Part, DeviceArray>>;

/** `count` tokens from the kept one `start` on go into a slot from `position` on. */
export interface Write {
  readonly slot: number;
  readonly position: number;
  readonly start: number;
  readonly count: number;
}

export interface Appending {
  /** For every transformer block [M, heads, width]. */
  readonly fresh: readonly KeyValueArrays[];
  /** M */
  readonly tokens: number;
  readonly writes: readonly Write[];
  /** Of the arrays. */
  readonly slots: number;
  readonly capacity: number;
}

/** What can be done to keys and values where they are: programs of a device, each made when it is first needed. */
export class KeyValuePrograms {
  readonly #device: Device;
  readonly #size: NetworkSize;
  readonly #programs = new Map<string, Promise<Program>>();

  constructor(device: Device, size: NetworkSize) {
    this.#device = device;
    this.#size = size;
  }

  allocate(length: number): Promise<DeviceArray> {
    return this.#device.allocate(length);
  }

  /** Slots and positions of `from`, by their indices there, to all of `to`. */
  async relocate(
    part: Part,
    from: Tensor,
    to: Tensor,
    { slots, positions }: { readonly slots: Int32Array; readonly positions: Int32Array },
  ): Promise<void> {
    const program = await this.#program(part, () => relocationGraph(part));
    const inputs = {
      from,
      slots: this.#device.integers(slots, [slots.length]),
      positions: this.#device.integers(positions, [positions.length]),
    };
    await program.run(inputs, { to }, {});
  }

  /** Writes into the arrays of all blocks. */
  async append(
    arrays: readonly KeyValueArrays[],
    { fresh, tokens, writes, slots, capacity }: Appending,
  ): Promise<void> {
    const { heads, width } = this.#size;
    const hidden = heads * width;
    const numbers = slots * hidden * capacity;
    // Where indices end.
    if (numbers >= 2 ** 31)
      throw new Error(`${slots} rows of ${capacity} tokens are too many for one array of a device`);
    const going = writes.flatMap(({ slot, position, start, count }) =>
      Array.from({ length: count }, (_, i) => ({ token: start + i, slot, position: position + i })),
    );
    const all = going.length === tokens && going.every(({ token }, index) => token === index);
    const program = await this.#program(all ? 'append' : 'append some', () => appendGraph(this.#size, !all));
    const integers = (values: readonly number[], shape: readonly number[]): Tensor =>
      this.#device.integers(Int32Array.from(values), shape);
    const offsets = Array.from({ length: hidden }, (_, i) => i);
    const inputs: Record<string, Tensor> = {
      'keys.bases': integers(
        going.map(({ slot, position }) => slot * hidden * capacity + position),
        [going.length, 1],
      ),
      'keys.offsets': integers(
        offsets.map((i) => i * capacity),
        [1, hidden],
      ),
      'values.bases': integers(
        going.map(({ slot, position }) => slot * hidden * capacity + position * width),
        [going.length, 1],
      ),
      'values.offsets': integers(
        offsets.map((i) => Math.floor(i / width) * capacity * width + (i % width)),
        [1, hidden],
      ),
      ...(all
        ? {}
        : {
            tokens: integers(
              going.map(({ token }) => token),
              [going.length],
            ),
          }),
    };
    const results: Record<string, Tensor> = {};
    arrays.forEach((array, layer) => {
      for (const part of ['keys', 'values'] as const) {
        const name = pastNames(layer)[part];
        const whole = array[part].view([1, numbers]);
        const own = fresh[layer];
        if (own === undefined) throw new Error(`a pass gave no keys and values for block ${layer}`);
        inputs[name] = whole;
        inputs[freshNames(layer)[part]] = own[part].view([tokens, hidden]);
        results[appended(name)] = whole;
      }
    });
    await program.run(inputs, results, {});
  }

  async dispose(): Promise<void> {
    const programs = await Promise.allSettled(this.#programs.values());
    this.#programs.clear();
    for (const program of programs) if (program.status === 'fulfilled') await program.value.dispose();
  }

  #program(name: string, graph: () => Uint8Array): Promise<Program> {
    const known = this.#programs.get(name);
    if (known !== undefined) return known;
    const program = this.#device.program(graph());
    this.#programs.set(name, program);
    program.catch(() => this.#programs.delete(name));
    return program;
  }
}
