import { join } from 'node:path';
import { InputError } from '../../graph/input-error.js';
import { readConfig, type CheckpointConfig } from './config.js';
import { checkedPass } from './checked-pass.js';
import type { ReadOptions } from './pieces.js';
import { openSafetensors, type SafetensorsFile } from './safetensors-file.js';
import type { TensorEntry } from './safetensors-header.js';
import type { StoredTensor } from './safetensors.js';
import { listed } from './listed.js';
import { buildWeights, type DitShape, type DitWeights } from './weights.js';

/** A checkpoint folder's content. `T`: what is known of a tensor. */
export interface CheckpointOf<T> {
  readonly config: CheckpointConfig;
  readonly shape: DitShape;
  readonly weights: DitWeights<T>;
}

/** A checkpoint of which no tensor has been read. Whoever opened it closes the file. */
export interface OpenCheckpoint extends CheckpointOf<TensorEntry> {
  /** `model.safetensors`. */
  readonly file: SafetensorsFile;
}

/** A whole checkpoint in memory. */
export type Checkpoint = CheckpointOf<StoredTensor>;

/**
 * Opens `config.json` and `model.safetensors` of a folder. Every fault that shows without reading tensors is an
 * `InputError`.
 */
export async function openCheckpoint(folder: string): Promise<OpenCheckpoint> {
  const config = await readConfig(folder);
  const path = join(folder, 'model.safetensors');
  const file = await openSafetensors(path);
  try {
    return { config, ...collectWeights(file.entries, config, path), file };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Reads a whole checkpoint, all tensors widened to 32 bits. Every fault is an `InputError`. */
export async function readCheckpoint(folder: string, options: ReadOptions = {}): Promise<Checkpoint> {
  const { config, file } = await openCheckpoint(folder);
  try {
    const tensors = new Map<string, StoredTensor>();
    await checkedPass(file, {
      ...options,
      onTensor: ({ name, dtype, shape }, data) => void tensors.set(name, { dtype, shape, data }),
    });
    return { config, ...collectWeights(tensors, config, file.where) };
  } finally {
    await file.close();
  }
}

/**
 * Sorts the tensors of a checkpoint into their roles. Vocabulary size comes from the embedding, adaLN from the
 * presence of its tensors. Throws one `InputError` that lists every tensor that is missing, unknown or of the wrong
 * shape; `where` names the file.
 */
export function collectWeights<T extends { readonly shape: readonly number[] }>(
  tensors: ReadonlyMap<string, T>,
  config: CheckpointConfig,
  where: string,
): { readonly shape: DitShape; readonly weights: DitWeights<T> } {
  const vocabularySize = tensors.get('vocab_embed.embedding')?.shape[0];
  if (vocabularySize === undefined) {
    throw new InputError(`${where} has no tensor vocab_embed.embedding, so it is not a BlockDiT or DiT checkpoint.`);
  }
  const adaLN = [...tensors.keys()].some((name) => name.startsWith('sigma_map.') || name.includes('adaLN_modulation'));
  if (adaLN && config.cond_dim === undefined) {
    throw new InputError(`${where} has adaLN tensors, but config.json gives no cond_dim.`);
  }
  const shape: DitShape = {
    vocabularySize,
    hidden: config.hidden_size,
    layers: config.n_blocks,
    condition: adaLN ? (config.cond_dim ?? null) : null,
  };
  refuseMisfits(tensors, shape, config, where);
  const weights = buildWeights(shape, (name) => {
    const tensor = tensors.get(name);
    if (tensor === undefined) throw new Error(`${name} was found a moment ago`);
    return tensor;
  });
  return { shape, weights };
}

function refuseMisfits(
  tensors: ReadonlyMap<string, { readonly shape: readonly number[] }>,
  shape: DitShape,
  config: CheckpointConfig,
  where: string,
): void {
  const faults: string[] = [];
  // Recomputed from the head width instead of read.
  const known = new Set(['rotary_emb.inv_freq']);
  buildWeights(shape, (name, expected) => {
    known.add(name);
    const found = tensors.get(name)?.shape;
    if (found === undefined) faults.push(`${name} is missing`);
    else if (found.join() !== expected.join()) {
      faults.push(`${name} has shape [${found.join(', ')}], expected [${expected.join(', ')}]`);
    }
    return null;
  });
  for (const name of tensors.keys()) {
    if (!known.has(name)) faults.push(`${name} is no tensor of a ${config.type} with ${config.n_blocks} blocks`);
  }
  if (faults.length > 0) throw new InputError(`${where} does not fit its config.json: ${listed(faults)}.`);
}
