import type * as core from '@tensorflow/tfjs-core';
import type { TensorBackendName } from '../backends.js';

/** The tensor library's operations, gradients and optimizers included. */
export type Tf = typeof core;

/** Where tensors are computed. */
export interface TensorBackend {
  /** All tensor code takes its operations from here: tensors of another copy of the library would be strangers to it. */
  readonly tf: Tf;
  readonly name: TensorBackendName;
  readonly device: 'cpu' | 'gpu';
  /** The device in words, where it has a name. */
  readonly deviceName?: string;
  /** Sentences on what is not as it could be: an installation that was passed over, a card that is not used, threads that did not start. */
  readonly notes?: readonly string[];
  /**
   * Throws an `Error` that names the remedy when the device has been lost, or has refused memory since it was last asked: what was
   * read before that is not to be trusted. Asked after each read-back. With a number of `refusals`, when it has refused anything since
   * there were as many, whoever has been told: what was computed since then is not to be trusted.
   */
  readonly check?: (since?: number) => void;
  /** How often the device has refused something so far. */
  readonly refusals?: () => number;
  /** Whether the device is gone for good. Loading the backend again then gives another one. */
  readonly isLost?: () => boolean;
  /** Bytes that all tensors and what is made of them may take, where that is bounded from the outset. */
  readonly addressable?: number;
  /** Puts a tensor on the device, which would else have it when it is first used, and let the host keep it until then. */
  readonly place?: (tensor: core.Tensor) => void;
  /** What tensors take up on the device, where it can be counted. Work that waits is sent out first, since it holds buffers. */
  readonly memory?: () => DeviceMemory;
}

/** Buffers on a device. */
export interface DeviceMemory {
  /** In use. */
  readonly buffers: number;
  readonly bytes: number;
  /** Kept for those that come next. */
  readonly spareBuffers: number;
  readonly spareBytes: number;
}

/**
 * Makes a loaded backend the active one at once and gives its library. Reading and disposing need no active backend:
 * a tensor knows where it lies. Throws the backend's `Error` where it is lost: another one may have its name by now.
 */
export function activate({ tf, name, isLost, check }: Pick<TensorBackend, 'tf' | 'name' | 'isLost' | 'check'>): Tf {
  if (isLost?.() === true) check?.();
  // The library answers by a promise, but switches to a backend that has been started before it returns.
  if (tf.getBackend() !== name) void tf.setBackend(name);
  return tf;
}

export function isTensorLibrary(value: unknown): value is Tf {
  return typeof value === 'object' && value !== null && 'engine' in value && 'train' in value && 'matMul' in value;
}

/** Production mode keeps the library's greeting and its advice off the terminal. */
export function silent(tf: Tf): Tf {
  tf.enableProdMode();
  return tf;
}

export const notStarted = (name: TensorBackendName): string =>
  `The ${name} backend could not be started on this machine: choose another one (backend; --backend on the command line).`;
