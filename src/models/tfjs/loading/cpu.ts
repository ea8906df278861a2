import type { TensorBackend } from '../backend.js';
import { requireHere, tensorLibrary } from './resolve.js';

/** JavaScript alone: slow, and there wherever Node is. */
export function loadCpu(): Promise<TensorBackend> {
  return Promise.resolve({ tf: tensorLibrary(requireHere, '@tensorflow/tfjs'), name: 'cpu', device: 'cpu' });
}
