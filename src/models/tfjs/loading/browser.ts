import { match } from 'ts-pattern';
import { InputError } from '../../../graph/input-error.js';
import { messageOf } from '../../../graph/message-of.js';
import { silent, type TensorBackend, type Tf } from '../backend.js';
import type { LimitNames } from '../refusals.js';
import { startWasm } from '../wasm/start.js';
import { startWebgpu } from '../webgpu/start.js';
import { WorkerFailure, withWorkers } from './wasm-workers.js';

/** Backends that a page can compute on. */
export const browserBackends = ['webgpu', 'wasm', 'cpu'] as const;

export type BrowserBackendName = (typeof browserBackends)[number];

/** Files of the WASM backend: the last one needs a page that is isolated from other sites, and has threads then. */
export const wasmFiles = [
  'tfjs-backend-wasm.wasm',
  'tfjs-backend-wasm-simd.wasm',
  'tfjs-backend-wasm-threaded-simd.wasm',
] as const;

/** Where they are: a folder's address, or each one's own. */
export type WasmPaths = string | Readonly<Record<(typeof wasmFiles)[number], string>>;

const loading = new Map<BrowserBackendName, Promise<TensorBackend>>();

/**
 * Loads a backend in a page or a worker (once per name, and again when its device was lost) and makes it the active one; see
 * `activate`. Each one's code is only loaded when it is asked for. `wasmPaths` counts when WASM is loaded for the first time.
 *
 * @throws InputError when the browser has not got what it takes; the message says what would help.
 */
export async function loadBrowserBackend(name: BrowserBackendName, wasmPaths?: WasmPaths): Promise<TensorBackend> {
  const pending = loading.get(name) ?? begin(name, wasmPaths);
  const backend = await pending;
  if (backend.isLost?.() === true) {
    if (loading.get(name) === pending) loading.delete(name);
    return loadBrowserBackend(name, wasmPaths);
  }
  if (!(await backend.tf.setBackend(name))) {
    throw new InputError(`The ${name} backend could not be started in this browser: choose another one (backend).`);
  }
  return backend;
}

function begin(name: BrowserBackendName, wasmPaths: WasmPaths | undefined): Promise<TensorBackend> {
  const pending = match(name)
    .with('webgpu', loadWebgpu)
    .with('wasm', () => loadWasm(wasmPaths))
    .with('cpu', loadCpu)
    .exhaustive();
  loading.set(name, pending);
  // A failure is not kept: what was missing may be there at the next attempt.
  pending.catch(() => loading.delete(name));
  return pending;
}

/**
 * Says why WebGPU should not be taken where nobody asked for it, `null` where it should: a graphics card computes faster than WASM, and
 * WASM faster than what only looks like one.
 */
export async function whyNotWebgpu(): Promise<string | null> {
  const gpu = findGpu();
  if (typeof gpu === 'string') return gpu;
  try {
    const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
    if (adapter === null) return 'WebGPU finds no graphics card that it may use';
    return adapter.info.isFallbackAdapter ? 'WebGPU is there without a graphics card, in software' : null;
  } catch (error) {
    return `WebGPU does not start (${messageOf(error)})`;
  }
}

declare const navigator: { readonly gpu?: GPU } | undefined;
declare const isSecureContext: boolean | undefined;

/** The browser's WebGPU, or why there is none. */
function findGpu(): GPU | string {
  const gpu = typeof navigator === 'undefined' ? undefined : navigator.gpu;
  if (gpu !== undefined) return gpu;
  return typeof isSecureContext !== 'undefined' && !isSecureContext
    ? 'browsers give WebGPU only to pages that come by https or from localhost'
    : 'this browser has no WebGPU, or it is switched off';
}

/** A page has no command line. */
const limitsInPage: LimitNames = { rows: 'limits.rows', cacheBytes: 'limits.cacheBytes' };

const otherBackend = 'leave the backend out, or take wasm.';

async function loadWebgpu(): Promise<TensorBackend> {
  const gpu = findGpu();
  if (typeof gpu === 'string')
    throw new InputError(`A model cannot be opened on webgpu here (${gpu}): ${otherBackend}`);
  const { backend } = await startWebgpu({
    gpu,
    tf: await tensorLibrary(),
    library: () => import('@tensorflow/tfjs-backend-webgpu'),
    remedy: otherBackend,
    limits: limitsInPage,
  });
  return backend;
}

async function loadWasm(paths: WasmPaths = shippedPaths()): Promise<TensorBackend> {
  const [tf, wasm] = await Promise.all([tensorLibrary(), import('@tensorflow/tfjs-backend-wasm')]);
  try {
    const told = JSON.stringify(paths);
    // After a start that failed the library takes no other paths, nor the same ones again.
    if (told !== toldPaths) wasm.setWasmPaths(typeof paths === 'string' && !paths.endsWith('/') ? `${paths}/` : paths);
    toldPaths = told;
    return await startInPage(tf);
  } catch (cause) {
    const where = typeof paths === 'string' ? paths : paths['tfjs-backend-wasm-simd.wasm'];
    throw new InputError(
      `The WASM backend does not start from ${where}: its files ${wasmFiles.join(', ')} have to be served there, ` +
        'or where the option wasmPaths says, which is asked once in a page.',
      { cause },
    );
  }
}

/** With threads where the page may have them, and with a note where they do not start. */
async function startInPage(tf: Tf): Promise<TensorBackend> {
  try {
    return await startWasm({ tf, limits: limitsInPage, making: withWorkers });
  } catch (error) {
    if (!(error instanceof WorkerFailure)) throw error;
    tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
    const backend = await startWasm({ tf, limits: limitsInPage, making: (make) => make() });
    return {
      ...backend,
      notes: [`WebAssembly has one thread, since its workers do not start in this page (${error.message}).`],
    };
  }
}

/** What the library has been told of where its files are. */
let toldPaths: string | undefined;

/** Bundlers find the files by these very expressions, and put their addresses in. */
const shippedPaths = (): WasmPaths => ({
  'tfjs-backend-wasm.wasm': new URL('@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm', import.meta.url).href,
  'tfjs-backend-wasm-simd.wasm': new URL(
    '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm',
    import.meta.url,
  ).href,
  'tfjs-backend-wasm-threaded-simd.wasm': new URL(
    '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm',
    import.meta.url,
  ).href,
});

async function loadCpu(): Promise<TensorBackend> {
  const [tf] = await Promise.all([tensorLibrary(), import('@tensorflow/tfjs-backend-cpu')]);
  return { tf, name: 'cpu', device: 'cpu' };
}

const tensorLibrary = async (): Promise<Tf> => silent(await import('@tensorflow/tfjs-core'));
