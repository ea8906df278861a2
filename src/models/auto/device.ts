import { execFile } from 'node:child_process';
import { cpus } from 'node:os';
import { promisify } from 'node:util';
import type { BackendChoice } from '../backend-choice.js';
import { loadOnnxRuntime } from '../onnx/runtime.js';
import { findTensorflow } from '../tfjs/loading/find-tensorflow.js';
import { requireHere } from '../tfjs/loading/resolve.js';
import { loadTensorBackend } from '../tfjs/load.js';
import { tensorflowName } from './packages.js';

/** The processor's name. */
export const processor = (): string => cpus()[0]?.model.trim().replaceAll(/\s+/g, ' ') ?? 'unknown processor';

/** What a backend computes on. */
export interface Device {
  /** In words; `null` where nothing tells, as of ONNX Runtime's WebGPU, which names no device. */
  readonly device: string | null;
  /** Sentences on what is not as it could be. */
  readonly notes: readonly string[];
}

/** Loads a backend's library, and says what it computes on. Throws an `InputError` when the library is not installed or does not load. */
export async function deviceOf({ backend: name }: BackendChoice): Promise<Device> {
  if (name === 'onnx' || name === 'onnx-webgpu' || name === 'onnx-cuda') {
    await loadOnnxRuntime();
    return { device: name === 'onnx' ? processor() : name === 'onnx-cuda' ? await nvidiaCard() : null, notes: [] };
  }
  const { device, deviceName = null, notes = [] } = await loadTensorBackend(name);
  const computing = device === 'cpu' ? processor() : deviceName;
  return { device: name === 'tensorflow' ? `${loadedTensorflow()} on ${computing ?? 'a GPU'}` : computing, notes };
}

/** Which installation of TensorFlow has been loaded. */
function loadedTensorflow(): string {
  const loaded = findTensorflow().candidates.find(({ entry }) => entry in requireHere.cache);
  return loaded === undefined ? 'libtensorflow' : tensorflowName(loaded);
}

/** The card that CUDA takes when nothing chooses another, as its driver's own tool names it. */
async function nvidiaCard(): Promise<string | null> {
  try {
    const { stdout } = await promisify(execFile)('nvidia-smi', ['--query-gpu=name', '--format=csv,noheader'], {
      timeout: 5000,
    });
    return stdout.split('\n', 1).join('').trim() || null;
  } catch {
    return null;
  }
}
