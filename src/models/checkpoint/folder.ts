import { basename, dirname, join, resolve } from 'node:path';
import { InputError } from '../../graph/input-error.js';
import { checkpointOf, type OpenCheckpoint } from './checkpoint.js';
import { parseConfig, type CheckpointConfig } from './config.js';
import { readJson } from './files.js';
import type { CheckpointPlace } from './place.js';
import { openSafetensors, type SafetensorsFile } from './safetensors-file.js';

/** A checkpoint folder on the disk. */
export type CheckpointFolder = OpenCheckpoint<SafetensorsFile>;

/**
 * Opens `config.json` and `model.safetensors` of a folder. Every fault that shows without reading tensors is an
 * `InputError`.
 */
export async function openCheckpoint(folder: string): Promise<CheckpointFolder> {
  const config = await readConfig(folder);
  return checkpointOf(config, await openSafetensors(join(folder, 'model.safetensors')));
}

/** Opens a checkpoint, and closes it when it has been used. */
export async function withCheckpoint<T>(folder: string, use: (checkpoint: CheckpointFolder) => Promise<T>): Promise<T> {
  const checkpoint = await openCheckpoint(folder);
  try {
    return await use(checkpoint);
  } finally {
    await checkpoint.file.close();
  }
}

/** What a folder's path says of the checkpoint in it. */
export function placeOf(folder: string): CheckpointPlace {
  const path = resolve(folder);
  return { where: folder, name: basename(path), parent: basename(dirname(path)) };
}

/** Reads `config.json` in a checkpoint folder. */
async function readConfig(folder: string): Promise<CheckpointConfig> {
  const path = join(folder, 'config.json');
  const json = await readJson(path, { what: 'a model configuration', most: 1e6 });
  if (json === undefined) {
    throw new InputError(`There is no file ${path}; a checkpoint folder holds config.json and model.safetensors.`);
  }
  return parseConfig(json, path);
}
