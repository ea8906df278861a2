import type { KernelConfig } from '@tensorflow/tfjs-core';
import { isRecord } from '../../graph/is-record.js';
import type { Tf } from './backend.js';

/** A backend that takes back what a kernel has made, where it fails halfway. */
interface Undoing {
  undoing<T>(kernel: () => T): T;
}

const isUndoing = (backend: unknown): backend is Undoing =>
  isRecord(backend) && typeof backend['undoing'] === 'function';

/** A kernel that leaves nothing behind when it fails: by itself the library looks after what comes out of kernels, and that alone. */
export const undoable = (config: KernelConfig): KernelConfig => ({
  ...config,
  kernelFunc: (params) => {
    const { backend } = params;
    return isUndoing(backend) ? backend.undoing(() => config.kernelFunc(params)) : config.kernelFunc(params);
  },
});

const done = new WeakMap<Tf, Set<string>>();

/** Makes all kernels of the library for a backend undoable. */
export function makeUndoable(tf: Tf, backendName: string): void {
  const names = done.get(tf) ?? new Set();
  if (names.has(backendName)) return;
  done.set(tf, names.add(backendName));
  for (const config of tf.getKernelsForBackend(backendName)) {
    tf.unregisterKernel(config.kernelName, backendName);
    tf.registerKernel(undoable(config));
  }
}

/** References to data that have come and not gone while something runs. */
export class Journal {
  #references: Map<object, number> | undefined;

  note(data: object, references: 1 | -1): void {
    this.#references?.set(data, (this.#references.get(data) ?? 0) + references);
  }

  /** Has `giveBack` called for each of these references if `use` fails. */
  run<T>(use: () => T, giveBack: (data: object) => void): T {
    const [outer, own] = [this.#references, new Map<object, number>()];
    this.#references = own;
    try {
      return use();
    } catch (error) {
      this.#references = undefined;
      for (const [data, references] of own) for (let left = references; left > 0; left -= 1) giveBack(data);
      own.clear();
      throw error;
    } finally {
      this.#references = outer;
      for (const [data, references] of own) outer?.set(data, (outer.get(data) ?? 0) + references);
    }
  }
}
