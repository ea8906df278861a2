import { availableParallelism } from 'node:os';
import { InputError } from '../graph/input-error.js';
import { listing } from '../graph/names.js';
import type { TellOfAuto } from './auto/events.js';
import {
  automatic,
  backends,
  backendWishes,
  candidates,
  isOnnxBackend,
  precisions,
  type BackendName,
  type CandidateName,
  type OnnxBackendName,
  type Precision,
  type TensorBackendName,
} from './backends.js';
import { chosen } from './chosen.js';
import { loadOnnxRuntime } from './onnx/runtime.js';

/** What computes a model, and how. */
export interface BackendOptions {
  /**
   * One of `backends`, or `auto`: the fastest that computes this model rightly on this machine. Finding it out takes seconds, once: it is
   * remembered. Left out: `onnx`, or `wasm` with a warning where ONNX Runtime cannot be loaded.
   */
  readonly backend?: string;
  /** One of `precisions`; any but the default, `fp32`, on the backends of ONNX Runtime, `fp16` on a GPU. */
  readonly precision?: string;
  /** Threads that a forward takes, on the backends of ONNX Runtime. Default: as many as the machine runs at once. */
  readonly threads?: number;
  /** Told how `auto` goes about it. */
  readonly choosing?: TellOfAuto;
}

/** Options that passed every check. */
export type BackendChoice = { readonly backend: TensorBackendName } | OnnxChoice;

export interface OnnxChoice {
  readonly backend: OnnxBackendName;
  readonly precision: Precision;
  readonly threads: number;
}

/** The number types that each backend computes with. */
const precisionsOf: Readonly<Record<BackendName, readonly Precision[]>> = {
  onnx: ['fp32', 'int8', 'int4'],
  'onnx-webgpu': ['fp32', 'fp16'],
  'onnx-cuda': ['fp32', 'fp16'],
  webgpu: ['fp32'],
  wasm: ['fp32'],
  tensorflow: ['fp32'],
  cpu: ['fp32'],
};

const mostThreads = 1024;

/** Checks what a person chose, and loads nothing. Throws one `InputError` with everything that is wrong with it. */
export function checkBackendOptions(options: BackendOptions): void {
  if (options.backend === automatic) candidatesOf(options);
  else chooseBackend(options);
}

/** The same, with what was chosen. `auto` is settled where a model is opened: `auto/settle.ts`. */
export function chooseBackend(options: BackendOptions): BackendChoice {
  const backend = chosen('backend', options.backend ?? 'onnx', backendWishes);
  if (backend === automatic) throw new InputError('auto stands for a backend where a model is opened or verified.');
  const precision = chosen('precision', options.precision ?? 'fp32', precisions);
  const faults = [...precisionFaults(backend, precision), ...threadsFaults(backend, options.threads)];
  if (faults.length > 0) throw new InputError(faults.join('\n'));
  if (!isOnnxBackend(backend)) return { backend };
  return { backend, precision, threads: options.threads ?? availableParallelism() };
}

/**
 * What `auto` chooses among: backends that compute in the precision and, where threads are given, take them. At least one. Throws one
 * `InputError` with everything that is wrong with either.
 */
export function candidatesOf({ precision: given = 'fp32', threads }: BackendOptions): readonly CandidateName[] {
  const precision = chosen('precision', given, precisions);
  const faults = threadsFaults('onnx', threads);
  if (faults.length > 0) throw new InputError(faults.join('\n'));
  return candidates.filter(
    (name) => precisionsOf[name].includes(precision) && (threads === undefined || isOnnxBackend(name)),
  );
}

/**
 * The same, and where nothing was chosen, what there is: ONNX Runtime, or else `wasm`. `warnings` has a sentence for that.
 *
 * @param load Loads ONNX Runtime; another one in tests.
 */
export async function findBackend(
  options: BackendOptions,
  load: () => Promise<unknown> = loadOnnxRuntime,
): Promise<{ readonly choice: BackendChoice; readonly warnings: readonly string[] }> {
  const choice = chooseBackend(options);
  if (!isOnnxBackend(choice.backend)) return { choice, warnings: [] };
  try {
    await load();
    return { choice, warnings: [] };
  } catch (error) {
    const { backend, precision, threads } = options;
    const nothingWasChosen = backend === undefined && precision === undefined && threads === undefined;
    if (!(error instanceof InputError && nothingWasChosen)) throw error;
    const warning = `${error.message} As long as neither is done, models run on wasm, which is many times slower.`;
    return { choice: { backend: 'wasm' }, warnings: [warning] };
  }
}

function precisionFaults(backend: BackendName, precision: Precision): string[] {
  const known = precisionsOf[backend];
  if (known.includes(precision)) return [];
  const others = backends.filter((name) => precisionsOf[name].includes(precision));
  return [`${backend} computes in ${listing(known)}; ${precision} is for backend ${others.join(' or ')}.`];
}

function threadsFaults(backend: BackendName, threads: number | undefined): string[] {
  if (threads === undefined) return [];
  if (!isOnnxBackend(backend)) {
    return [`${backend} decides itself how many threads it takes; threads are for the backend onnx.`];
  }
  if (Number.isInteger(threads) && threads >= 1 && threads <= mostThreads) return [];
  return [`threads must be an integer from 1 to ${mostThreads}, not ${String(threads)}.`];
}

/** A choice for people: `onnx, int8, 4 threads`. */
export const inWords = (choice: BackendChoice): string =>
  'precision' in choice
    ? `${choice.backend}, ${choice.precision}, ${choice.threads} ${choice.threads === 1 ? 'thread' : 'threads'}`
    : choice.backend;
