import { InputError } from '../graph/input-error.js';
import type { NoiseProcess } from '../graph/manifest.js';
import { nearest } from '../graph/names.js';
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

/** How a diffusion model may have been trained. */
const noiseProcesses = ['absorbing', 'uniform'] as const satisfies readonly NoiseProcess[];

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
 * `tokenizer.json` where there is one. Throws an `InputError` for everything that is wrong with it or the options.
 */
export async function openModel(folder: string, options: OpenOptions = {}): Promise<TfjsModel> {
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

/** A backend named by a person. */
export async function loadBackend(name = 'wasm'): Promise<TensorBackend> {
  return loadTensorBackend(chosen('backend', name, backends));
}

/** Its files differ in nothing else from those of the full-sequence diffusion baselines. */
const isCausalBaseline = ({ config, shape }: Checkpoint): boolean => config.type === 'dit' && shape.condition === null;

/** Which of `choices` a person named; from JavaScript it can be anything. */
function chosen<T extends string>(what: string, given: unknown, choices: readonly T[]): T {
  const known = choices.find((choice) => choice === given);
  if (known !== undefined) return known;
  const name = String(given);
  const meant = nearest(name, choices);
  const hint = meant === undefined ? '.' : `; did you mean "${meant}"?`;
  throw new InputError(`There is no ${what} ${name}; known are ${choices.join(', ')}${hint}`);
}

/** A checkpoint's network with its weights on the device. */
export function networkOf(backend: TensorBackend, { weights, shape, config }: Checkpoint): Network {
  const heads = config.n_heads;
  return createNetwork(backend, foldWeights(weights, shape, heads), { heads, hidden: shape.hidden });
}
