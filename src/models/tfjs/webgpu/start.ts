import type { TensorBackend, Tf } from '../backend.js';
import type { LimitNames } from '../refusals.js';
import { openDevice, type DeviceSource, type OpenDevice } from './device.js';
import { guardedBackend, type WebgpuLibrary } from './guarded.js';
import { offering } from './offering.js';
import { makeUndoable } from '../undo.js';

export interface WebgpuParts {
  readonly gpu: DeviceSource;
  readonly tf: Tf;
  /** Gives the library's WebGPU backend, which has to be of the same copy as `tf`. */
  readonly library: () => Promise<WebgpuLibrary>;
  /** What a person can do where there is no device: the end of a sentence. */
  readonly remedy: string;
  /** What a person sets limits by, where there is too little memory. */
  readonly limits: LimitNames;
}

const name = 'webgpu';

/**
 * Opens a device and makes it the library's backend `webgpu`, in place of one that was lost. The classes and constants of WebGPU
 * (`GPUBuffer`, `GPUBufferUsage`, ...) have to be globals.
 *
 * @throws InputError where there is no device, or where it can't be opened.
 */
export async function startWebgpu(parts: WebgpuParts): Promise<{ backend: TensorBackend; device: GPUDevice }> {
  const opened = await openDevice(parts.gpu, parts.remedy);
  try {
    return { backend: await register(parts, opened), device: opened.device };
  } catch (error) {
    opened.device.destroy();
    throw error;
  }
}

async function register({ gpu, tf, library, limits }: WebgpuParts, opened: OpenDevice): Promise<TensorBackend> {
  const webgpu = await library();
  const { kernels, health, memory, place } = offering(gpu, () => guardedBackend(webgpu, opened, limits));
  if (name in tf.engine().registryFactory) tf.removeBackend(name);
  makeUndoable(tf, name);
  tf.registerBackend(name, () => kernels);
  return {
    tf,
    name,
    device: 'gpu',
    deviceName: opened.name,
    check: (since) => {
      health.check(since);
    },
    refusals: () => health.refusals,
    isLost: () => health.isLost,
    memory,
    place: ({ dataId }) => {
      place(dataId);
    },
  };
}
