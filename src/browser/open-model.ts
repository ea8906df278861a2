import { InputError } from '../graph/input-error.js';
import { checkNames, type NamesOf } from '../graph/known-names.js';
import { noiseProcesses, type NoiseProcess } from '../graph/manifest.js';
import { blobSource } from '../models/checkpoint/blob-source.js';
import { checkpointOf } from '../models/checkpoint/checkpoint.js';
import { parseConfig } from '../models/checkpoint/config.js';
import type { CheckpointPlace } from '../models/checkpoint/place.js';
import { safetensorsOf } from '../models/checkpoint/safetensors-reader.js';
import { chosen } from '../models/chosen.js';
import type { Limits, Model } from '../models/denoiser.js';
import { checkLimits } from '../models/limits.js';
import { manifestOf } from '../models/manifest-of.js';
import type { TensorBackend } from '../models/tfjs/backend.js';
import { browserBackends, type WasmPaths } from '../models/tfjs/loading/browser.js';
import { openTfjsDenoiser } from '../models/tfjs/open.js';
import { refuseTimeConditioning } from '../models/time-conditioning.js';
import { paddedTokenizer } from '../models/tokenizer/padding.js';
import { findBackend } from './backend.js';
import { contentOf, filesAt, jsonOf, nameOf, publishedNames, type ModelFile, type ModelFiles } from './model-files.js';
import { addressOf } from './request.js';
import { findTokenizer } from './tokenizer.js';

/** How far the opening of a model is. */
export interface OpenProgress {
  /** `download`: the weights come. `prepare`: they are put where they are computed with. */
  readonly stage: 'download' | 'prepare';
  /** In bytes. */
  readonly done: number;
  /** `null` where the server does not say. */
  readonly total: number | null;
}

export interface OpenOptions {
  /** `webgpu`, `wasm` or `cpu`. Left out: `webgpu` where there is a graphics card, or else `wasm` with a warning. */
  readonly backend?: string;
  /** Noise process, where config.json does not say it; over what the folder's name suggests. */
  readonly process?: NoiseProcess;
  /** The folder of another tokenizer than the one in the checkpoint's folder. */
  readonly tokenizer?: string | URL;
  /**
   * How much the model takes on at once; rows beyond that wait in order. When left out, any number of rows, and on `wasm` as many bytes of keys
   * and values as WebAssembly has room for.
   */
  readonly limits?: Limits;
  readonly progress?: (progress: OpenProgress) => void;
  /** Ends the opening with the signal's reason. */
  readonly signal?: AbortSignal;
  /**
   * Where the .wasm files of @tensorflow/tfjs-backend-wasm are served: their folder, or each one's address. Bundlers that know
   * `new URL(..., import.meta.url)` (Vite, webpack) find them by themselves.
   */
  readonly wasmPaths?: WasmPaths;
}

const optionNames: NamesOf<OpenOptions> = {
  backend: true,
  process: true,
  tokenizer: true,
  limits: true,
  progress: true,
  signal: true,
  wasmPaths: true,
};

/**
 * Opens a checkpoint for decoding in a page or a worker: from the address of a folder in the published layout (`config.json`,
 * `model.safetensors`, and `tokenizer.json` where there is one), or from its files. The weights are downloaded once, into a blob that the
 * browser may keep on the disk. Throws an `InputError` for everything that is wrong with it or the options.
 */
export async function openModel(from: string | URL | ModelFiles, options: OpenOptions = {}): Promise<Model> {
  checkNames('openModel', options, optionNames);
  const process = options.process === undefined ? undefined : chosen('noise process', options.process, noiseProcesses);
  const wanted = options.backend === undefined ? undefined : chosen('backend', options.backend, browserBackends);
  checkLimits(options.limits);
  const files = typeof from === 'string' || from instanceof URL ? filesAt(from) : from;
  const place = placeOf(from, files);
  const { signal, progress, limits } = options;
  const config = parseConfig(...(await configOf(files.config, signal)));
  const { backend, warnings } = await findBackend(wanted, options.wasmPaths);
  const named = options.tokenizer === undefined ? undefined : filesAt(options.tokenizer);
  const checkpoint = await checkpointOf(config, await safetensorsOf(await weightsOf(files.weights, options)));
  try {
    refuseTimeConditioning(checkpoint, place);
    const { vocabularySize } = checkpoint.shape;
    const tokenizer = await findTokenizer(named ?? files, {
      named: named !== undefined,
      vocabularySize,
      place,
      signal,
    });
    const manifest = manifestOf(checkpoint, place, tokenizer.loaded, process);
    const denoiser = await openTfjsDenoiser(backend, checkpoint, manifest, {
      limits,
      signal,
      progress: (done, total) => progress?.({ stage: 'prepare', done, total }),
    });
    return {
      denoiser,
      tokenizer: tokenizer.loaded && paddedTokenizer(tokenizer.loaded.tokenizer, manifest),
      backend: inWords(backend),
      warnings: [...warnings, ...tokenizer.warnings],
    };
  } finally {
    await checkpoint.file.close();
  }
}

async function configOf(file: ModelFile, signal: AbortSignal | undefined): Promise<[unknown, string]> {
  const { json, where, missing } = await jsonOf(file, publishedNames.config, { signal });
  if (missing !== undefined) throw notThere(where, missing);
  return [json, where];
}

async function weightsOf(file: ModelFile, { signal, progress }: OpenOptions) {
  const where = nameOf(file, publishedNames.weights);
  const content = await contentOf(file, {
    signal,
    progress: (done, total) => progress?.({ stage: 'download', done, total }),
  });
  if (!(content instanceof Blob)) throw notThere(where, content.missing);
  return blobSource(content, where);
}

const notThere = (where: string, why: string): InputError =>
  new InputError(`There is no file ${where} (${why}); a model is a folder with config.json and model.safetensors.`);

/** Published folders say in their names what they are. */
function placeOf(from: string | URL | ModelFiles, { name, weights }: ModelFiles): CheckpointPlace {
  if (weights instanceof Blob) return { where: name ?? 'the model', name: name ?? 'model', parent: '' };
  const address = addressOf(weights);
  const folders = address.pathname
    .split('/')
    .filter((folder) => folder !== '')
    .slice(0, -1)
    .map(decoded);
  const where = typeof from === 'string' || from instanceof URL ? addressOf(from).href : address.href;
  return { where, name: name ?? folders.at(-1) ?? 'model', parent: folders.at(-2) ?? '' };
}

/** A part of an address as it is read; as it is, where its escapes are none. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

const inWords = ({ name, deviceName = '' }: TensorBackend): string =>
  deviceName === '' ? name : `${name}, ${deviceName}`;
