import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import util from 'node:util';
import { match } from 'ts-pattern';
import { InputError } from '../../graph/input-error.js';
import type { TensorBackendName } from '../backends.js';
import { isTensorLibrary, silent, type TensorBackend, type Tf } from './backend.js';

const NATIVE_PACKAGE = '@tensorflow/tfjs-node-gpu';
/** Beside package.json, whether this file runs from `src/` or from `dist/`. */
const DEFAULT_FOLDER = fileURLToPath(new URL('../../../.tensorflow', import.meta.url));
const requireHere = createRequire(import.meta.url);
const loading = new Map<TensorBackendName, Promise<TensorBackend>>();

/**
 * Loads a backend (once per name) and makes it the active one. The library knows one active backend per process,
 * shared by all its copies: where another may have been loaded or used since, `activate` comes before tensors are made.
 *
 * @throws InputError when the backend is not installed or does not load; the message says what brings it.
 */
export async function loadTensorBackend(name: TensorBackendName): Promise<TensorBackend> {
  let pending = loading.get(name);
  if (pending === undefined) {
    pending = match(name)
      .with('wasm', () => loadWasm())
      .with('tensorflow', () => Promise.resolve().then(loadTensorflow))
      .with('webgpu', () => loadWebgpu())
      .with('cpu', () => Promise.resolve().then(loadCpu))
      .exhaustive();
    loading.set(name, pending);
    // A failure is not kept: what was missing may be there at the next attempt.
    pending.catch(() => loading.delete(name));
  }
  const backend = await pending;
  if (!(await backend.tf.setBackend(name))) {
    throw new InputError(notStarted(name));
  }
  return backend;
}

const notStarted = (name: TensorBackendName): string =>
  `The ${name} backend could not be started on this machine: choose another one (backend; --backend on the command line).`;

function loadCpu(): TensorBackend {
  return { tf: silent(tensorLibrary(requireHere, '@tensorflow/tfjs')), name: 'cpu', device: 'cpu' };
}

/** WebGPU by Dawn, on any graphics card with a driver for Vulkan, Metal or Direct3D 12. */
async function loadWebgpu(): Promise<TensorBackend> {
  const tf = silent(tensorLibrary(requireHere, '@tensorflow/tfjs'));
  const { create, globals } = await import('webgpu');
  Object.assign(globalThis, globals);
  const gpu = create([]);
  Object.defineProperty(globalThis, 'navigator', { value: { gpu }, configurable: true });
  requireHere('@tensorflow/tfjs-backend-webgpu');
  await tf.ready();
  return { tf, name: 'webgpu', device: 'gpu' };
}

async function loadWasm(): Promise<TensorBackend> {
  const tf = silent(tensorLibrary(requireHere, '@tensorflow/tfjs'));
  const wasm = await import('@tensorflow/tfjs-backend-wasm');
  wasm.setWasmPaths(dirname(requireHere.resolve('@tensorflow/tfjs-backend-wasm')) + sep);
  if (!('wasm' in tf.engine().registry)) await startWasm(tf);
  return { tf, name: 'wasm', device: 'cpu' };
}

/** While the library itself waits for a backend to start, it refuses work on all others: here it gets a started one. */
async function startWasm(tf: Tf): Promise<void> {
  const start = tf.findBackendFactory('wasm');
  const started = await withoutNewListeners(async () => start()).catch((cause: unknown) => {
    throw new InputError(notStarted('wasm'), { cause });
  });
  tf.removeBackend('wasm');
  tf.registerBackend('wasm', () => started);
}

/** The WASM module installs handlers that rethrow every stray error of the process as its own: keep them out. */
async function withoutNewListeners<T>(start: () => Promise<T>): Promise<T> {
  const uncaught = new Set(process.listeners('uncaughtException'));
  const unhandled = new Set(process.listeners('unhandledRejection'));
  const started = await start();
  for (const added of process.listeners('uncaughtException')) {
    if (!uncaught.has(added)) process.off('uncaughtException', added);
  }
  for (const added of process.listeners('unhandledRejection')) {
    if (!unhandled.has(added)) process.off('unhandledRejection', added);
  }
  return started;
}

function loadTensorflow(): TensorBackend {
  restoreLegacyUtil();
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '3';
  const entry = nativeEntry();
  const requireThere = createRequire(entry);
  try {
    requireThere(entry);
    const tf = silent(tensorLibrary(requireThere, '@tensorflow/tfjs'));
    return { tf, name: 'tensorflow', device: usesGpu(tf) ? 'gpu' : 'cpu' };
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n', 1).join() : String(error);
    throw new InputError(
      `The TensorFlow backend at ${dirname(entry)} does not load (${reason.trim()}): ` +
        'build it again with `npm run tensorflow -- --force`.',
      { cause: error },
    );
  }
}

/**
 * The native package's main file: from the folder that SAMPLEWIRE_TENSORFLOW names, or else beside this package (the
 * user's own installation), or else from the folder of `npm run tensorflow`.
 */
function nativeEntry(): string {
  const named = process.env['SAMPLEWIRE_TENSORFLOW'];
  const isNamed = named !== undefined && named !== '';
  const folder = isNamed ? resolve(named) : DEFAULT_FOLDER;
  const entry = (isNamed ? undefined : resolved(requireHere)) ?? builtEntry(folder);
  if (entry !== undefined) return entry;
  const state = existsSync(folder) ? `what is in ${folder} is unfinished` : `${folder} does not exist`;
  throw new InputError(
    `The TensorFlow backend is not installed (${state}): run \`npm run tensorflow\` once (207 MB, needs a C++ compiler), ` +
      'or take another backend (wasm; --backend wasm on the command line).',
  );
}

/** The marker is the last thing that `npm run tensorflow` writes: without it the folder is unfinished. */
function builtEntry(folder: string): string | undefined {
  return existsSync(join(folder, 'installed.json')) ? resolved(createRequire(join(folder, 'package.json'))) : undefined;
}

function resolved(from: NodeJS.Require): string | undefined {
  try {
    return from.resolve(NATIVE_PACKAGE);
  } catch {
    return undefined;
  }
}

/** The native package still calls two helpers that Node 23 removed, and of which Node 22 warns. */
function restoreLegacyUtil(): void {
  Object.assign(util, {
    isNullOrUndefined: (value: unknown) => value === null || value === undefined,
    isArray: (value: unknown) => Array.isArray(value),
  });
}

function tensorLibrary(from: NodeJS.Require, name: string): Tf {
  const library: unknown = from(name);
  if (!isTensorLibrary(library)) throw new Error(`${name} is not TensorFlow.js`);
  return library;
}

function usesGpu(tf: Tf): boolean {
  const backend: unknown = tf.backend();
  return (
    typeof backend === 'object' &&
    backend !== null &&
    'isUsingGpuDevice' in backend &&
    backend.isUsingGpuDevice === true
  );
}
