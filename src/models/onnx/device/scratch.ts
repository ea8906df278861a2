import type { NetworkSize } from '../network/network.js';
import type { Device, DeviceArray } from './device.js';
import type { KeyValueArrays } from './key-value-programs.js';
import type { KeyValueViews } from './network.js';

/** Memory of a device that every pass uses again. */
export class Scratch {
  readonly #device: Device;
  readonly #size: NetworkSize;
  #nothing: DeviceArray | null = null;
  /** Keys and values of each block in turn. */
  #fresh: DeviceArray[] = [];

  constructor(device: Device, size: NetworkSize) {
    this.#device = device;
    this.#size = size;
  }

  /** What the last pass has kept, and what else has room there. */
  get kept(): readonly KeyValueArrays[] {
    return Array.from({ length: this.#size.layers }, (_, layer) => {
      const [keys, values] = this.#fresh.slice(2 * layer);
      if (keys === undefined || values === undefined) throw new Error('no pass has kept anything yet');
      return { keys, values };
    });
  }

  /** One position for each of so many rows, for where nothing is stored: ONNX Runtime's WebGPU provider ends the process on arrays without numbers. */
  async past(rows: number): Promise<readonly KeyValueViews[]> {
    const { layers, heads, width } = this.#size;
    const length = rows * heads * width;
    if (this.#nothing === null || this.#nothing.length < length) {
      this.#nothing?.dispose();
      this.#nothing = null;
      this.#nothing = await this.#device.allocate(length);
    }
    const zeros = this.#nothing;
    return Array.from({ length: layers }, () => ({
      keys: zeros.view([rows, heads, width, 1]),
      values: zeros.view([rows, heads, 1, width]),
    }));
  }

  /** Room for the keys and values of so many tokens, as views [tokens, heads, width]. */
  async fresh(tokens: number): Promise<readonly KeyValueViews[]> {
    const { layers, heads, width } = this.#size;
    const length = tokens * heads * width;
    if (this.#fresh.length < 2 * layers || (this.#fresh[0]?.length ?? 0) < length) {
      this.#letGo();
      while (this.#fresh.length < 2 * layers) this.#fresh.push(await this.#device.allocate(length));
    }
    const shape = [tokens, heads, width];
    return this.kept.map(({ keys, values }) => ({ keys: keys.view(shape), values: values.view(shape) }));
  }

  dispose(): void {
    this.#nothing?.dispose();
    this.#nothing = null;
    this.#letGo();
  }

  #letGo(): void {
    for (const array of this.#fresh) array.dispose();
    this.#fresh = [];
  }
}
