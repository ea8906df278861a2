import { dirname, sep } from 'node:path';
import { InputError } from '../../../graph/input-error.js';
import { notStarted, type TensorBackend, type Tf } from '../backend.js';
import { requireHere, tensorLibrary } from './resolve.js';

export async function loadWasm(): Promise<TensorBackend> {
  const tf = tensorLibrary(requireHere, '@tensorflow/tfjs');
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
