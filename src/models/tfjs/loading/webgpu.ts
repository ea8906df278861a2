import { pathToFileURL } from 'node:url';
import { InputError } from '../../../graph/input-error.js';
import type { TensorBackend } from '../backend.js';
import { startWebgpu } from '../webgpu/start.js';
import { quietly } from '../../quietly.js';
import { limitsInNode } from './limits-in-node.js';
import { optionalPackage, reasonOf, requireHere, tensorLibrary } from './resolve.js';

/** Dawn, the implementation of WebGPU in Chromium, as the package `webgpu` has it for Node. */
interface Dawn {
  readonly create: (options: string[]) => GPU;
  readonly globals: object;
}

const otherBackend = 'take another backend (wasm; --backend wasm on the command line)';
const noDevice =
  'install the driver of the graphics card (with Vulkan, on Linux), name a software device where there is no card (on Linux, ' +
  `VK_ICD_FILENAMES=/usr/lib/chromium/vk_swiftshader_icd.json with the packages chromium and libvulkan1 of Debian), or ${otherBackend}.`;

/** What the tensor library takes from the global scope, as pages have it: classes and constants. */
const globalNames = ['GPUBuffer', 'GPUTexture', 'GPUBufferUsage', 'GPUMapMode', 'GPUTextureUsage'];

/** Dawn ends with its last `GPU`, and whatever it is doing then crashes: there is one, for as long as the process lives. */
let instance: GPU | undefined;
const open = new Set<GPUDevice>();

/**
 * WebGPU by Dawn, on any graphics card with a driver for Vulkan, Metal or Direct3D 12. For the main thread: a thread that ends while
 * something is read from the device takes the process with it.
 *
 * @throws InputError when the package is not installed or does not load, or where there is no device.
 */
export async function loadWebgpu(): Promise<TensorBackend> {
  const gpu = (instance ??= await createInstance());
  const { backend, device } = await startWebgpu({
    gpu: { requestAdapter: (options) => quietly(() => gpu.requestAdapter(options)) },
    tf: tensorLibrary(requireHere, '@tensorflow/tfjs'),
    library: () => import('@tensorflow/tfjs-backend-webgpu'),
    remedy: noDevice,
    limits: limitsInNode,
  });
  closeAtExit(device);
  return backend;
}

async function createInstance(): Promise<GPU> {
  const { create, globals } = await loadDawn();
  for (const [name, value] of Object.entries(globals)) {
    if (globalNames.includes(name) && !(name in globalThis)) {
      Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
    }
  }
  return create([]);
}

async function loadDawn(): Promise<Dawn> {
  const entry = optionalPackage('webgpu')[0]?.entry;
  if (entry === undefined) {
    throw new InputError(
      `The webgpu backend needs the package webgpu, which is not installed: \`npm install webgpu\` brings it (130 MB), or ${otherBackend}.`,
    );
  }
  try {
    const dawn: unknown = await import(pathToFileURL(entry).href);
    if (!isDawn(dawn)) throw new Error('it is not what it was expected to be');
    return dawn;
  } catch (cause) {
    throw new InputError(
      `The package webgpu does not load on this machine (${reasonOf(cause)}): \`npm install webgpu@latest\` brings the newest, which has ` +
        `builds for Linux with glibc 2.34, macOS and Windows; or ${otherBackend}.`,
      { cause },
    );
  }
}

const isDawn = (value: unknown): value is Dawn =>
  typeof value === 'object' &&
  value !== null &&
  'create' in value &&
  typeof value.create === 'function' &&
  'globals' in value;

/** A process that ends while something is being read from a device crashes, unless the device has been closed. */
function closeAtExit(device: GPUDevice): void {
  if (open.size === 0) {
    process.once('exit', () => {
      for (const each of open) each.destroy();
    });
  }
  open.add(device);
}
