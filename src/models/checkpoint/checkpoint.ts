import { InputError } from '../../graph/input-error.js';
import type { CheckpointConfig } from './config.js';
import { listed } from './listed.js';
import type { TensorEntry } from './safetensors-header.js';
import type { SafetensorsReader } from './safetensors-reader.js';
import { buildWeights, type DitShape, type DitWeights } from './weights.js';

/** A checkpoint of which no tensor has been read. Whoever opened it closes the file. */
export interface OpenCheckpoint<File extends SafetensorsReader = SafetensorsReader> {
  readonly config: CheckpointConfig;
  readonly shape: DitShape;
  readonly weights: DitWeights<TensorEntry>;
  /** `model.safetensors`. */
  readonly file: File;
}

/**
 * A checkpoint whose two files have been opened. Throws an `InputError` for what does not fit; the weights are closed then.
 */
export async function checkpointOf<File extends SafetensorsReader>(
  config: CheckpointConfig,
  file: File,
): Promise<OpenCheckpoint<File>> {
  try {
    return { config, ...collectWeights(file.entries, config, file.where), file };
  } catch (error) {
    await file.close();
    throw error;
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
