import { join } from 'node:path';
import { InputError } from '../../graph/input-error.js';
import { readConfig, type CheckpointConfig } from './config.js';
import { openSafetensors, type SafetensorsFile } from './safetensors-file.js';
import type { TensorEntry } from './safetensors-header.js';
import { listed } from './listed.js';
import { buildWeights, type DitShape, type DitWeights } from './weights.js';

/** A checkpoint folder of which no tensor has been read. Whoever opened it closes the file. */
export interface OpenCheckpoint {
  readonly config: CheckpointConfig;
  readonly shape: DitShape;
  readonly weights: DitWeights<TensorEntry>;
  /** `model.safetensors`. */
  readonly file: SafetensorsFile;
}

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

/** Opens a checkpoint, and closes it when it has been used. */
export async function withCheckpoint<T>(folder: string, use: (checkpoint: OpenCheckpoint) => Promise<T>): Promise<T> {
  const checkpoint = await openCheckpoint(folder);
  try {
    return await use(checkpoint);
  } finally {
    await checkpoint.file.close();
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
  if (config.n_blocks > tensors.size) {
    throw new InputError(
      `${where} has ${tensors.size} tensors, too few for the ${config.n_blocks} blocks (n_blocks) of its config.json.`,
    );
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
