import { InputError } from '../graph/input-error.js';
import type { TensorBackend } from '../models/tfjs/backend.js';
import {
  loadBrowserBackend,
  whyNotWebgpu,
  type BrowserBackendName,
  type WasmPaths,
} from '../models/tfjs/loading/browser.js';

export interface FoundBackend {
  readonly backend: TensorBackend;
  /** What a person should be told. */
  readonly warnings: readonly string[];
}

/** The backend that was asked for; else `webgpu` where it is worth it, or else `wasm`, with a sentence that says why. */
export async function findBackend(
  wanted: BrowserBackendName | undefined,
  wasmPaths: WasmPaths | undefined,
): Promise<FoundBackend> {
  if (wanted !== undefined) return found(await loadBrowserBackend(wanted, wasmPaths));
  const gpu = await tryWebgpu();
  if (typeof gpu !== 'string') return found(gpu);
  return found(
    await loadBrowserBackend('wasm', wasmPaths),
    `The model runs on wasm, which is slower than a graphics card: ${gpu}`,
  );
}

const found = (backend: TensorBackend, ...warnings: readonly string[]): FoundBackend => ({
  backend,
  warnings: [...warnings, ...(backend.notes ?? [])],
});

/** The backend, or a sentence's end on why not. */
async function tryWebgpu(): Promise<TensorBackend | string> {
  const why = await whyNotWebgpu();
  if (why !== null) return `${why}.`;
  try {
    return await loadBrowserBackend('webgpu');
  } catch (error) {
    if (error instanceof InputError) return error.message;
    throw error;
  }
}
