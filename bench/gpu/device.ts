import { match } from 'ts-pattern';
import { InputError } from '../../src/graph/input-error.js';
import type { BackendName } from '../../src/models/backends.js';
import { loadTensorBackend } from '../../src/models/tfjs/load.js';
import { nvidiaCard } from './card.js';

/** What a backend computes on. */
export interface Device {
  readonly name: string;
  readonly software: boolean;
}

/** Names of Vulkan and Direct3D devices that are programs. */
const inSoftware = /swiftshader|llvmpipe|lavapipe|basic render|software/i;

/** The device in words. */
export function deviceNamed(words: readonly string[], isFallback = false): Device {
  const name = words
    .map((word) => word.trim())
    .filter((word) => word !== '')
    .join(', ');
  return { name, software: isFallback || inSoftware.test(name) };
}

/** Finds out what a backend computes on here. Throws an `InputError` where it has no device. */
export const deviceOf = (backend: BackendName): Promise<Device> =>
  match(backend)
    // ONNX Runtime names no adapter. It brings Dawn as well, which takes the same one.
    .with('webgpu', 'onnx-webgpu', dawnAdapter)
    .with('onnx-cuda', async () => cudaDevice())
    .with('tensorflow', async () =>
      (await loadTensorBackend('tensorflow')).device === 'gpu' ? cudaDevice() : processorNamed('tensorflow'),
    )
    .with('onnx', 'wasm', 'cpu', (name) => Promise.resolve(processorNamed(name)))
    .exhaustive();

const processorNamed = (backend: BackendName): Device => ({ name: `the processor (${backend})`, software: true });

async function cudaDevice(): Promise<Device> {
  const card = await nvidiaCard();
  if (card === null) throw new InputError('no NVIDIA card here (nvidia-smi finds none)');
  return { name: card.name, software: false };
}

async function dawnAdapter(): Promise<Device> {
  const { create, globals } = await import('webgpu').catch(() => {
    throw new InputError('the npm package webgpu is not here, which names the device');
  });
  Object.assign(globalThis, globals);
  const adapter = await create([]).requestAdapter({ powerPreference: 'high-performance' });
  if (adapter === null) throw new InputError('WebGPU finds no graphics device on this machine');
  const { vendor, architecture, device, description, isFallbackAdapter } = adapter.info;
  return deviceNamed([`${vendor} ${architecture}`, device, description], isFallbackAdapter);
}
