import { InputError } from '../graph/input-error.js';
import { noiseProcesses, type NoiseProcess } from '../graph/manifest.js';
import { readCheckpoint, type Checkpoint } from './checkpoint/weights.js';
import { chosen } from './chosen.js';
import type { Model } from './denoiser.js';
import { manifestOf } from './manifest-of.js';
import { TfjsDenoiser } from './tfjs/denoiser.js';
import { loadBackend, networkOf } from './tfjs/open.js';
import { loadTokenizer } from './tokenizer/load.js';

export interface OpenOptions {
  /** One of `backends`. Default `wasm`. */
  readonly backend?: string;
  /** Noise process, where config.json does not say it; over what the folder's name suggests. */
  readonly process?: NoiseProcess;
}

/**
 * Opens a checkpoint folder in the published layout for decoding: `config.json`, `model.safetensors`, and
 * `tokenizer.json` where there is one. Throws an `InputError` for everything that is wrong with it or the options.
 */
export async function openModel(folder: string, options: OpenOptions = {}): Promise<Model> {
  const process = options.process === undefined ? undefined : chosen('noise process', options.process, noiseProcesses);
  const checkpoint = await readCheckpoint(folder);
  if (isCausalBaseline(checkpoint)) {
    throw new InputError(
      `${folder} is a dit without adaLN, which is how the autoregressive baseline is published: ` +
        'its network is causal, and decoding with it is not supported yet.',
    );
  }
  const tokenizer = await loadTokenizer(folder);
  const manifest = manifestOf(checkpoint, folder, tokenizer, process);
  const backend = await loadBackend(options.backend);
  return { denoiser: new TfjsDenoiser(backend, networkOf(backend, checkpoint), manifest), tokenizer };
}

/** Its files differ in nothing else from those of the full-sequence diffusion baselines. */
const isCausalBaseline = ({ config, shape }: Checkpoint): boolean => config.type === 'dit' && shape.condition === null;
