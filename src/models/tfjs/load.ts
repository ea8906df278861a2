import { InputError } from '../../graph/input-error.js';
import type { TensorBackendName } from '../backends.js';
import { notStarted, type TensorBackend } from './backend.js';
import { loadCpu } from './loading/cpu.js';
import { loadTensorflow } from './loading/native.js';
import { loadWasm } from './loading/wasm.js';
import { loadWebgpu } from './loading/webgpu.js';

const loaders: Readonly<Record<TensorBackendName, () => Promise<TensorBackend>>> = {
  webgpu: loadWebgpu,
  tensorflow: loadTensorflow,
  wasm: loadWasm,
  cpu: loadCpu,
};
const loading = new Map<TensorBackendName, Promise<TensorBackend>>();

/**
 * Loads a backend (once per name, and again when its device has been lost) and makes it the active one. The library knows one active
 * backend per process, shared by all its copies: where another may have been loaded or used since, `activate` comes before tensors
 * are made.
 *
 * @throws InputError when the backend is not installed or does not load; the message says what brings it.
 */
export async function loadTensorBackend(name: TensorBackendName): Promise<TensorBackend> {
  let pending = loading.get(name) ?? begin(name);
  const kept = await pending;
  if (kept.isLost?.() === true) {
    const current = loading.get(name);
    // Another caller may have begun already.
    pending = current === undefined || current === pending ? begin(name) : current;
  }
  const backend = await pending;
  if (!(await backend.tf.setBackend(name))) throw new InputError(notStarted(name));
  return backend;
}

function begin(name: TensorBackendName): Promise<TensorBackend> {
  const pending = loaders[name]();
  loading.set(name, pending);
  // A failure is not kept: what was missing may be there at the next attempt.
  pending.catch(() => {
    if (loading.get(name) === pending) loading.delete(name);
  });
  return pending;
}
