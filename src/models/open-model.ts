import { InputError } from '../graph/input-error.js';
import type { NoiseProcess } from '../graph/manifest.js';
import { foldWeights } from './checkpoint/fold.js';
import { readCheckpoint, type Checkpoint } from './checkpoint/weights.js';
import type { Model } from './denoiser.js';
import { manifestOf } from './manifest-of.js';
import { loadTensorBackend, type TensorBackend } from './tfjs/backend.js';
import { TfjsDenoiser } from './tfjs/denoiser.js';
import { createNetwork, type Network } from './tfjs/network.js';
import { loadTokenizer } from './tokenizer/load.js';

/** Names of the backends that a model can be opened on. */
export const backends = ['wasm', 'tensorflow', 'cpu'] as const;

export interface OpenOptions {
  /** One of `backends`. Default `wasm`. */
  readonly backend?: string;
  /** Noise process, over what the checkpoint says. */
  readonly process?: NoiseProcess;
}

/** A model opened on tfjs. */
export interface TfjsModel extends Model {
  readonly denoiser: TfjsDenoiser;
}

/**
 * Opens a checkpoint folder in the published layout for decoding: `config.json`, `model.safetensors`, and
 * `tokenizer.json` where there is one. Throws an `InputError` for everything that is wrong with it.
 */
export async function openModel(folder: string, options: OpenOptions = {}): Promise<TfjsModel> {
  const checkpoint = await readCheckpoint(folder);
  const tokenizer = await loadTokenizer(folder);
  const manifest = manifestOf(checkpoint, folder, tokenizer, options.process);
  const backend = await loadBackend(options.backend);
  return { denoiser: new TfjsDenoiser(backend, networkOf(backend, checkpoint), manifest), tokenizer };
}

/** A backend named by a person. */
export async function loadBackend(name = 'wasm'): Promise<TensorBackend> {
  const known = backends.find((backend) => backend === name);
  if (known === undefined) throw new InputError(`There is no backend ${name}; known are ${backends.join(', ')}.`);
  return loadTensorBackend(known);
}

/** A checkpoint's network with its weights on the device. */
export function networkOf(backend: TensorBackend, { weights, shape, config }: Checkpoint): Network {
  const heads = config.n_heads;
  return createNetwork(backend, foldWeights(weights, shape, heads), { heads, hidden: shape.hidden });
}
