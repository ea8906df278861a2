import { execFile } from 'node:child_process';
import { cpus } from 'node:os';
import { promisify } from 'node:util';
import type { TensorBackend } from '../tfjs/backend.js';
import type { BackendName } from '../backends.js';

/** The processor's name. */
export const processor = (): string => cpus()[0]?.model.trim().replaceAll(/\s+/g, ' ') ?? 'unknown processor';

/**
 * What a backend computes on, in words; `null` where nothing tells. ONNX Runtime names no device of its WebGPU provider.
 */
export async function deviceOf({
  name,
  device,
  deviceName,
}: { readonly name: BackendName } & Partial<Pick<TensorBackend, 'device' | 'deviceName'>>): Promise<string | null> {
  if (deviceName !== undefined) return deviceName;
  if (name === 'onnx' || device === 'cpu') return processor();
  return name === 'onnx-cuda' || name === 'tensorflow' ? nvidiaCard() : null;
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
