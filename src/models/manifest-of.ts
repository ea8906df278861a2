import { basename, resolve } from 'node:path';
import { InputError } from '../graph/input-error.js';
import type { Causality, ModelManifest, NoiseProcess } from '../graph/manifest.js';
import type { CheckpointConfig } from './checkpoint/config.js';
import type { Checkpoint } from './checkpoint/weights.js';
import type { Tokenizer } from './denoiser.js';

/**
 * What a checkpoint says of itself. The noise process comes from `process`, else from the configuration, else from
 * the words `absorb` or `uniform` in the folder's path as given. Throws an `InputError` when none of them says it,
 * and when tokenizer or special ids do not fit the vocabulary.
 */
export function manifestOf(
  { config, shape }: Pick<Checkpoint, 'config' | 'shape'>,
  folder: string,
  tokenizer: Tokenizer | null,
  process?: NoiseProcess,
): ModelManifest {
  const noise = process ?? config.process ?? processInPath(folder);
  if (noise === undefined) throw new InputError(unknownProcess(folder, config, shape.condition !== null));
  const { vocabularySize } = shape;
  const maskId = noise === 'absorbing' ? vocabularySize - 1 : null;
  const words = maskId ?? vocabularySize;
  if (tokenizer !== null && tokenizer.vocabularySize > words) {
    throw new InputError(
      `${folder}: the tokenizer has ${tokenizer.vocabularySize} ids, but the model has ${vocabularySize}` +
        `${maskId === null ? '' : ', the last of them the mask'}.`,
    );
  }
  const special = (name: 'bos_token_id' | 'eos_token_id'): number | null => {
    const id = config[name] ?? null;
    if (id !== null && id >= words) {
      throw new InputError(`${folder}: ${name} in config.json is ${id}, expected one of 0 to ${words - 1}.`);
    }
    return id;
  };
  return {
    name: basename(resolve(folder)),
    vocabularySize,
    process: noise,
    maskId,
    length: config.length,
    causality: causalityOf(config),
    blockSizes: config.block_sizes === undefined ? null : [...new Set(config.block_sizes)].sort((a, b) => a - b),
    bosId: special('bos_token_id'),
    eosId: special('eos_token_id'),
  };
}

function causalityOf(config: CheckpointConfig): Causality {
  if (config.type === 'dit') return 'bidirectional';
  return config.x0_causal ? 'token-causal' : 'block-causal';
}

/** The word that stands nearest to the end counts. */
function processInPath(folder: string): NoiseProcess | undefined {
  const word = folder
    .toLowerCase()
    .split(/[^a-z]+/)
    .findLast((part) => ['absorb', 'absorbing', 'uniform'].includes(part));
  if (word === undefined) return undefined;
  return word === 'uniform' ? 'uniform' : 'absorbing';
}

function unknownProcess(folder: string, config: CheckpointConfig, adaLN: boolean): string {
  if (config.type === 'dit' && !adaLN) {
    return (
      `${folder} is a dit without adaLN, which is how the autoregressive baseline is published; ` +
      `decoding with that one is not supported. If it is a diffusion model, say --process absorbing or --process uniform.`
    );
  }
  return (
    `${folder} does not say which noise it was trained with: ` +
    `neither its config.json (process) nor its path (absorb, uniform). Say --process absorbing or --process uniform.`
  );
}
