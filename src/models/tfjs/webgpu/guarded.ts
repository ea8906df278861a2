import type { BackendValues, DataType, KernelBackend } from '@tensorflow/tfjs-core';
import type * as webgpuLibrary from '@tensorflow/tfjs-backend-webgpu';
import { InputError } from '../../../graph/input-error.js';
import type { DeviceMemory } from '../backend.js';
import type { OpenDevice } from './device.js';
import { inMegabytes, type LimitNames } from '../refusals.js';
import { DeviceHealth } from './health.js';
import { BufferPool } from './pool.js';
import { Journal } from '../undo.js';

export type WebgpuLibrary = typeof webgpuLibrary;

export interface GuardedBackend {
  /** For the library's registry. */
  readonly kernels: KernelBackend;
  readonly health: DeviceHealth;
  readonly memory: () => DeviceMemory;
  /** Puts data on the device now. */
  readonly place: (dataId: object) => void;
}

/** Of any tensor of ours: strings are not computed with. */
const bytesPerElement = 4;

/** Milliseconds that the news of what made a reading fail may take. */
const longestWay = 5000;

/**
 * The library's backend on a device, which by itself goes on computing when the device has been lost or has refused it memory, and
 * keeps every buffer for ever. This one says so where a tensor is made or read, leaves nothing behind of what is thrown then, and has a
 * pool that shrinks.
 */
export function guardedBackend(
  { WebGPUBackend }: WebgpuLibrary,
  { device, info, name }: OpenDevice,
  limits: LimitNames,
): GuardedBackend {
  const create = (descriptor: GPUBufferDescriptor): GPUBuffer => {
    try {
      return device.createBuffer(descriptor);
    } catch {
      // A buffer that is mapped from the beginning is the one that can be refused at once.
      throw health.memoryRefused(descriptor.size);
    }
  };
  const pool = new BufferPool({ create });
  const health = new DeviceHealth(device, name, limits, () => {
    pool.distrust();
  });
  const largest = Math.min(device.limits.maxStorageBufferBindingSize, device.limits.maxBufferSize);

  class Guarded extends WebGPUBackend {
    readonly #journal = new Journal();

    constructor() {
      super(device, info);
      Object.assign(this.bufferManager, {
        acquireBuffer: (size: number, usage: number, mapped = false, reuse = true) =>
          pool.acquire(size, usage, mapped, reuse),
        releaseBuffer: (buffer: GPUBuffer, reuse = true) => {
          pool.release(buffer, reuse);
        },
        dispose: () => {
          pool.dispose();
        },
      });
    }

    override write(values: BackendValues, shape: number[], dtype: DataType): object {
      requireRoom(shape);
      const data = super.write(values, shape, dtype);
      this.#journal.note(data, 1);
      return data;
    }

    override incRef(dataId: object): void {
      super.incRef(dataId);
      this.#journal.note(dataId, 1);
    }

    override move(dataId: object, values: BackendValues, shape: number[], dtype: DataType, refCount: number): void {
      requireRoom(shape);
      super.move(dataId, values, shape, dtype, refCount);
    }

    override async read(dataId: object): Promise<BackendValues> {
      health.requireDevice();
      const since = health.told;
      const acquired: GPUBuffer[] = [];
      const reading = pool.noting(acquired, () => super.read(dataId));
      reading.catch(() => {
        // What could not be read into is otherwise kept.
        for (const buffer of acquired) pool.release(buffer, false);
      });
      let values: BackendValues;
      try {
        values = await reading;
      } catch (error) {
        health.check(since);
        // The news of a loss, or of what was refused, comes behind the failure that it brings about: in a browser, when the device is
        // done with what it was at.
        await health.news(longestWay);
        health.check(since);
        throw error;
      }
      health.check(since);
      return values;
    }

    override readSync(dataId: object): BackendValues {
      health.requireDevice();
      return super.readSync(dataId);
    }

    override disposeData(dataId: object, force?: boolean): boolean {
      const gone = super.disposeData(dataId, force);
      this.#journal.note(dataId, -1);
      // Buffers of commands that wait would stay until others follow.
      if (gone && this.numDataIds() === 0) this.flush();
      return gone;
    }

    override memory(): ReturnType<InstanceType<typeof WebGPUBackend>['memory']> {
      const { bytes, spareBytes } = pool.memory;
      return { ...super.memory(), numBytesInGPU: bytes, numBytesAllocatedInGPU: bytes + spareBytes };
    }

    /** Runs a kernel, of which nothing is left behind if it fails. */
    undoing<T>(kernel: () => T): T {
      return this.#journal.run(kernel, (dataId) => this.disposeData(dataId));
    }

    /** Sends out the commands that wait for company, and lets go of what they held. */
    flush(): void {
      this.ensureCommandEncoderReady();
      this.endComputePassEncoder();
      this.submitQueue();
    }
  }

  function requireRoom(shape: readonly number[]): void {
    health.requireDevice();
    const bytes = shape.reduce((product, size) => product * size, bytesPerElement);
    if (bytes <= largest) return;
    throw new InputError(
      `The graphics device (${name}) takes ${inMegabytes(largest)} in one piece, and a tensor of ${shape.join(' x ')} numbers has ` +
        `${inMegabytes(bytes)}: let fewer rows in at once (${limits.rows}) or, where the weights are too large, take another backend.`,
    );
  }

  const kernels = new Guarded();
  return {
    kernels,
    health,
    memory: () => {
      kernels.flush();
      return pool.memory;
    },
    place: (dataId) => {
      kernels.uploadToGPU(dataId);
    },
  };
}
