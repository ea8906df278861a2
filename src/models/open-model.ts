import { checkNames, checkText, type NamesOf } from '../graph/known-names.js';
import { noiseProcesses, type ModelManifest, type NoiseProcess } from '../graph/manifest.js';
import { settle } from './auto/settle.js';
import { findBackend, inWords, type BackendChoice, type BackendOptions } from './backend-choice.js';
import { automatic } from './backends.js';
import { placeOf, withCheckpoint } from './checkpoint/folder.js';
import { chosen } from './chosen.js';
import type { Denoiser, Limits, Model } from './denoiser.js';
import { availableMemory } from './free-memory.js';
import { fetchTokenizer } from './hub/fetch-model.js';
import { hubOptionNames, type HubOptions } from './hub/settings.js';
import { checkLimits } from './limits.js';
import { manifestOf } from './manifest-of.js';
import { openOnnxDenoiser } from './onnx/open.js';
import { loadTensorBackend } from './tfjs/load.js';
import { openTfjsDenoiser } from './tfjs/open.js';
import { refuseTimeConditioning } from './time-conditioning.js';
import { findTokenizer } from './tokenizer/find.js';
import { paddedTokenizer } from './tokenizer/padding.js';

export interface OpenOptions extends BackendOptions {
  /** Noise process, where config.json does not say it; over what the folder's name suggests. */
  readonly process?: NoiseProcess;
  /**
   * Where the tokenizer is, over one in the checkpoint's folder: a folder, or `hf:org/repo[/sub/folder][@revision]`.
   * Left out, a vocabulary of a known tokenizer's size brings that one from the hub, where the folder has none.
   */
  readonly tokenizer?: string;
  /**
   * How much the model takes on at once; rows beyond that wait in order. When left out, 256 rows, and for keys and values half of
   * the free memory on ONNX Runtime, but no more than 2 GiB on `onnx-webgpu`; a quarter of it where TensorFlow.js computes on the processor,
   * and on `wasm` no more than what WebAssembly has room for.
   */
  readonly limits?: Limits;
  /** Told how many bytes of the weights have been read. */
  readonly progress?: (done: number, total: number) => void;
  /** Ends the opening with the signal's reason. */
  readonly signal?: AbortSignal;
  /** For the tokenizer, when it comes from the hub. */
  readonly hub?: HubOptions;
}

const optionNames: NamesOf<OpenOptions> = {
  backend: true,
  precision: true,
  threads: true,
  choosing: true,
  process: true,
  tokenizer: true,
  limits: true,
  progress: true,
  signal: true,
  hub: true,
};

/**
 * Opens a checkpoint folder in the published layout for decoding: `config.json`, `model.safetensors`, and
 * `tokenizer.json` where there is one. Throws an `InputError` for everything that is wrong with it or the options.
 */
export async function openModel(folder: string, options: OpenOptions = {}): Promise<Model> {
  checkText('the folder that openModel opens', folder);
  checkNames('openModel', options, optionNames);
  checkNames('openModel: hub', options.hub, hubOptionNames);
  const process = options.process === undefined ? undefined : chosen('noise process', options.process, noiseProcesses);
  checkLimits(options.limits);
  const sizes = await withCheckpoint(folder, ({ config, shape }) => Promise.resolve({ config, shape }));
  refuseTimeConditioning(sizes, placeOf(folder));
  if (options.backend === automatic) {
    const { opened, why } = await settle(folder, { ...options, process }, (backend) =>
      openModel(folder, { ...options, backend }),
    );
    return { ...opened, backend: `${opened.backend ?? automatic} (auto: ${why})` };
  }
  const { choice, warnings } = await findBackend(options);
  const { vocabularySize } = sizes.shape;
  const tokenizer = await findTokenizer({ folder, given: options.tokenizer, vocabularySize }, (reference) =>
    fetchTokenizer(reference, options.hub),
  );
  const manifest = manifestOf(sizes, placeOf(folder), tokenizer.loaded, process);
  return {
    denoiser: await openDenoiser(folder, choice, manifest, options),
    tokenizer: tokenizer.loaded && paddedTokenizer(tokenizer.loaded.tokenizer, manifest),
    backend: inWords(choice),
    warnings: [...warnings, ...tokenizer.warnings],
  };
}

async function openDenoiser(
  folder: string,
  choice: BackendChoice,
  manifest: ModelManifest,
  { limits, progress, signal }: OpenOptions,
): Promise<Denoiser> {
  if ('precision' in choice) return openOnnxDenoiser(folder, choice, manifest, { limits, progress, signal });
  const backend = await loadTensorBackend(choice.backend);
  return withCheckpoint(folder, (checkpoint) =>
    openTfjsDenoiser(backend, checkpoint, manifest, { limits, progress, signal, freeMemory: availableMemory }),
  );
}
