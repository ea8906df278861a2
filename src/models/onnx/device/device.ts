import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { quietlyMeanwhile } from '../../quietly.js';
import { GraphBuilder } from '../graph/builder.js';
import { deviceFault } from '../network/fault.js';
import { createSession, openSession, type SessionOptions } from '../network/provider.js';
import type { OnnxRuntime } from '../runtime.js';

/**
 * What has the memory: WebGPU; or the processor in place of a device, with which all that is done on one can be tried on
 * every machine.
 */
export type DeviceProvider = 'webgpu' | 'cpu';

export type Tensors = Readonly<Record<string, Tensor>>;

/** Numbers in a device's memory. */
export interface DeviceArray {
  readonly length: number;
  /** The leading ones as a tensor, for programs to read and to write; not to be used any more once the array is disposed of. */
  view(shape: readonly number[]): Tensor;
  dispose(): void;
}

/** A graph that runs on a device. */
export interface Program {
  /**
   * @param device Where results go that stay on the device; an input may be among them, and is then written over.
   * @param host Where results go that are read back: views of arrays of this process.
   */
  run(inputs: Tensors, device: Tensors, host: Tensors): Promise<void>;
  dispose(): Promise<void>;
}

export interface DeviceCounters {
  /** Arrays that are there, and their bytes. */
  readonly arrays: number;
  readonly bytes: number;
  /** How often something was read back, and how many bytes. */
  readonly reads: number;
  readonly readBytes: number;
}

/**
 * A device of ONNX Runtime. Its library for Node gives results out as buffers of WebGPU and takes those as inputs and as places for
 * results, but has no way to make one, to read one, or to take part of one. A buffer is made here as the result of a graph,
 * read by graphs alone, and what is used of it are its leading numbers.
 */
export class Device {
  readonly provider: DeviceProvider;
  readonly #runtime: OnnxRuntime;
  #zeros: InferenceSession | null;
  #arrays = 0;
  #bytes = 0;
  #reads = 0;
  #readBytes = 0;

  private constructor(runtime: OnnxRuntime, provider: DeviceProvider, zeros: InferenceSession | null) {
    this.#runtime = runtime;
    this.provider = provider;
    this.#zeros = zeros;
  }

  /** Throws an `InputError` where there is no such device. */
  static async open(runtime: OnnxRuntime, provider: DeviceProvider): Promise<Device> {
    if (provider === 'cpu') return new Device(runtime, provider, null);
    const g = new GraphBuilder();
    const size = g.input('size', 'int64', [1]);
    g.output('zeros', g.add('Expand', [g.floats([0], [1]), size]), 'float32', ['n']);
    const zeros = await quietlyMeanwhile(() =>
      openSession(runtime, g.encode(), { provider, strict: true, outputs: 'gpu-buffer' }),
    );
    return new Device(runtime, provider, zeros);
  }

  get counters(): DeviceCounters {
    return { arrays: this.#arrays, bytes: this.#bytes, reads: this.#reads, readBytes: this.#readBytes };
  }

  /** Zeros. Throws an `Error` where there is no room. */
  async allocate(length: number): Promise<DeviceArray> {
    const source = await this.#memory(length);
    const bytes = length * Float32Array.BYTES_PER_ELEMENT;
    this.#arrays += 1;
    this.#bytes += bytes;
    let alive = true;
    return {
      length,
      view: (shape) => {
        const size = shape.reduce((product, each) => product * each, 1);
        // The library does not look whether a buffer is still there, or how large it is.
        if (!alive || size > length) throw new Error(`${size} numbers of an array that has ${alive ? length : 'none'}`);
        return source instanceof Float32Array
          ? this.floats(source.subarray(0, size), shape)
          : viewOf(this.#runtime, source, shape);
      },
      dispose: () => {
        if (!alive) return;
        alive = false;
        this.#arrays -= 1;
        this.#bytes -= bytes;
        if (!(source instanceof Float32Array)) source.dispose();
      },
    };
  }

  /** Nothing of a program is left to the processor. Throws an `Error` where the device has no kernel for something in it. */
  async program(model: Uint8Array, options: Pick<SessionOptions, 'threads' | 'folder'> = {}): Promise<Program> {
    const { provider } = this;
    const session = await this.#attempt(() =>
      createSession(this.#runtime, model, { ...options, provider, strict: provider !== 'cpu' }),
    );
    return {
      run: async (inputs, device, host) => {
        await this.#attempt(() => session.run(inputs, { ...device, ...host }));
        for (const { size } of Object.values(host)) {
          this.#reads += 1;
          this.#readBytes += size * Float32Array.BYTES_PER_ELEMENT;
        }
      },
      dispose: () => session.release(),
    };
  }

  floats(data: Float32Array, shape: readonly number[]): Tensor {
    return new this.#runtime.Tensor('float32', data, shape);
  }

  integers(data: Int32Array, shape: readonly number[]): Tensor {
    return new this.#runtime.Tensor('int32', data, shape);
  }

  /** 64-bit integers: sizes and positions. */
  wide(data: ArrayLike<number>, shape: readonly number[]): Tensor {
    return new this.#runtime.Tensor('int64', BigInt64Array.from(Array.from(data), BigInt), shape);
  }

  async dispose(): Promise<void> {
    const zeros = this.#zeros;
    this.#zeros = null;
    await zeros?.release();
  }

  async #memory(length: number): Promise<Tensor | Float32Array> {
    const zeros = this.#zeros;
    if (this.provider === 'cpu') return new Float32Array(length);
    if (zeros === null) throw new Error('the device has been given back');
    return this.#attempt(async () => {
      const { zeros: buffer } = await zeros.run({ size: this.wide([length], [1]) });
      if (buffer?.location !== 'gpu-buffer') throw new Error('a result did not stay on the device');
      try {
        // A session keeps its last result, so that it had better be a small one.
        const { zeros: small } = await zeros.run({ size: this.wide([1], [1]) });
        small?.dispose();
      } catch (error) {
        buffer.dispose();
        throw error;
      }
      return buffer;
    });
  }

  async #attempt<T>(act: () => Promise<T>): Promise<T> {
    try {
      return await act();
    } catch (error) {
      throw deviceFault(error, this.provider);
    }
  }
}

/** Another view of a buffer's leading numbers, which does not own it. */
const viewOf = ({ Tensor: Made }: OnnxRuntime, { gpuBuffer }: Tensor, dims: readonly number[]): Tensor =>
  Made.fromGpuBuffer(gpuBuffer, { dataType: 'float32', dims });
