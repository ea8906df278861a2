import { noiseProcesses, type ModelManifest, type NoiseProcess } from '../graph/manifest.js';
import { readCheckpoint } from './checkpoint/checkpoint.js';
import { chosen } from './chosen.js';
import type { Model, Tokenizer } from './denoiser.js';
import { fetchTokenizer } from './hub/fetch-model.js';
import type { HubOptions } from './hub/settings.js';
import { manifestOf } from './manifest-of.js';
import { TfjsDenoiser } from './tfjs/denoiser.js';
import { loadBackend, networkOf } from './tfjs/open.js';
import { findTokenizer, withPadding } from './tokenizer/find.js';

export interface OpenOptions {
  /** One of `backends`. Default `wasm`. */
  readonly backend?: string;
  /** Noise process, where config.json does not say it; over what the folder's name suggests. */
  readonly process?: NoiseProcess;
  /**
   * Where the tokenizer is, over one in the checkpoint's folder: a folder, or `hf:org/repo[/sub/folder][@revision]`.
   * Left out, a vocabulary of a known tokenizer's size brings that one from the hub, where the folder has none.
   */
  readonly tokenizer?: string;
  /** For the tokenizer, when it comes from the hub. */
  readonly hub?: HubOptions;
}

/**
 * Opens a checkpoint folder in the published layout for decoding: `config.json`, `model.safetensors`, and
 * `tokenizer.json` where there is one. Throws an `InputError` for everything that is wrong with it or the options.
 */
export async function openModel(folder: string, options: OpenOptions = {}): Promise<Model> {
  const process = options.process === undefined ? undefined : chosen('noise process', options.process, noiseProcesses);
  const checkpoint = await readCheckpoint(folder);
  const { vocabularySize } = checkpoint.shape;
  const { loaded, warnings } = await findTokenizer({ folder, given: options.tokenizer, vocabularySize }, (reference) =>
    fetchTokenizer(reference, options.hub),
  );
  const manifest = manifestOf(checkpoint, folder, loaded, process);
  const backend = await loadBackend(options.backend);
  return {
    denoiser: new TfjsDenoiser(backend, networkOf(backend, checkpoint), manifest),
    tokenizer: loaded && paddedTokenizer(loaded.tokenizer, manifest),
    warnings,
  };
}

/** Without a mask, the one id that a vocabulary has behind its tokenizer's is padding (Duo, BlockGen). */
const paddedTokenizer = (tokenizer: Tokenizer, { maskId, vocabularySize }: ModelManifest): Tokenizer =>
  maskId === null && tokenizer.vocabularySize < vocabularySize ? withPadding(tokenizer, vocabularySize - 1) : tokenizer;
