import type { Tensor } from '@tensorflow/tfjs-core';
import { activate, type TensorBackend, type Tf } from '../backend.js';
import { closed, type Layout } from './layout.js';

/** What has been read from a device. */
export interface ReadBacks {
  readonly count: number;
  readonly bytes: number;
}

/** A tensor backend with the constants that questions about one vocabulary need, which stay on it. */
export class Device {
  readonly layout: Layout;
  readonly maskId: number | null;
  readonly #backend: TensorBackend;
  readonly #constants = new Map<string, Tensor>();
  #count = 0;
  #bytes = 0;

  constructor(backend: TensorBackend, layout: Layout, maskId: number | null) {
    this.layout = layout;
    this.maskId = maskId;
    this.#backend = backend;
  }

  get tf(): Tf {
    return activate(this.#backend);
  }

  get readBacks(): ReadBacks {
    return { count: this.#count, bytes: this.#bytes };
  }

  /** Throws the backend's `Error` where the device has refused something since there were `refusals`. */
  check(refusals: number): void {
    this.#backend.check?.(refusals);
  }

  /** Reads a tensor and disposes of it. Throws the backend's `Error` where what was read is not to be trusted. */
  async read(tensor: Tensor): Promise<Float32Array> {
    try {
      const values = await tensor.data<'float32'>();
      this.#count += 1;
      this.#bytes += values.byteLength;
      this.#backend.check?.();
      return values;
    } finally {
      tensor.dispose();
    }
  }

  /** [1, columns] ids of the tokens. */
  get tokens(): Tensor {
    const { columns } = this.layout;
    return this.#constant('tokens', () => row(this.tf, columns, (token) => token));
  }

  /** [1, columns] of zeros, `closed` at the mask; `null` where there is none. */
  get withoutMask(): Tensor | null {
    const { maskId, layout } = this;
    if (maskId === null) return null;
    return this.#constant('mask', () => row(this.tf, layout.columns, (token) => (token === maskId ? closed : 0)));
  }

  /** [1, segments] how many tokens each segment has. */
  get segmentSizes(): Tensor {
    const { vocabularySize, width, segments } = this.layout;
    return this.#constant('sizes', () =>
      row(this.tf, segments, (segment) => Math.min(width, vocabularySize - segment * width)),
    );
  }

  /** [1, size] of from, from + 1, ... */
  upwards(size: number, from = 0): Tensor {
    return this.#constant(`up ${String(size)} ${String(from)}`, () => row(this.tf, size, (i) => from + i));
  }

  /** [1, size] of size, size - 1, ..., 1. */
  downwards(size: number): Tensor {
    return this.#constant(`down ${String(size)}`, () => row(this.tf, size, (i) => size - i));
  }

  /** What stands before each of the values [N, size] of a row, added up. */
  sumBefore(values: Tensor): Tensor {
    const { tf } = this;
    // WebGPU adds up in log2(size) dispatches, and multiplies in one; CUDA adds up in one, and rounds products to fewer digits.
    if (this.#backend.name !== 'webgpu') return tf.cumsum(values, 1, true);
    const size = values.shape[1] ?? 0;
    const triangle = this.#constant(`before ${String(size)}`, () => {
      const ones = Float32Array.from({ length: size * size }, (_, i) => (Math.floor(i / size) < i % size ? 1 : 0));
      return tf.tensor2d(ones, [size, size]);
    });
    return tf.matMul(values, triangle);
  }

  dispose(): void {
    for (const constant of this.#constants.values()) constant.dispose();
    this.#constants.clear();
  }

  #constant(name: string, make: () => Tensor): Tensor {
    const known = this.#constants.get(name);
    if (known !== undefined) return known;
    const made = this.tf.keep(make());
    this.#constants.set(name, made);
    return made;
  }
}

const row = (tf: Tf, size: number, value: (index: number) => number): Tensor =>
  tf.tensor2d(
    Float32Array.from({ length: size }, (_, index) => value(index)),
    [1, size],
  );
