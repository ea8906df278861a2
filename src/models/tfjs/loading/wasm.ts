import { dirname, sep } from 'node:path';
import { InputError } from '../../../graph/input-error.js';
import { notStarted, type TensorBackend } from '../backend.js';
import { startWasm } from '../wasm/start.js';
import { limitsInNode } from './limits-in-node.js';
import { requireHere, tensorLibrary } from './resolve.js';

export async function loadWasm(): Promise<TensorBackend> {
  const tf = tensorLibrary(requireHere, '@tensorflow/tfjs');
  const wasm = await import('@tensorflow/tfjs-backend-wasm');
  wasm.setWasmPaths(dirname(requireHere.resolve('@tensorflow/tfjs-backend-wasm')) + sep);
  return startWasm({ tf, limits: limitsInNode, making: withoutNewListeners }).catch((cause: unknown) => {
    throw new InputError(notStarted('wasm'), { cause });
  });
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
