import { basename, dirname, resolve } from 'node:path';
import { InputError } from '../graph/input-error.js';
import type { Causality, ModelManifest, NoiseProcess } from '../graph/manifest.js';
import type { CheckpointConfig } from './checkpoint/config.js';
import type { Checkpoint } from './checkpoint/weights.js';
import type { Tokenizer } from './denoiser.js';

/**
 * What a checkpoint says of itself. The noise process comes from `process`, else from the configuration, else from
 * words such as `absorb` or `uniform` in the name of its folder or of the one above. Throws an `InputError` when none of
 * them says it, and when tokenizer or special ids do not fit the vocabulary.
 */
export function manifestOf(
  { config, shape }: Pick<Checkpoint, 'config' | 'shape'>,
  folder: string,
  tokenizer: Tokenizer | null,
  process?: NoiseProcess,
): ModelManifest {
  if (process !== undefined && config.process !== undefined && process !== config.process) {
    throw new InputError(`${folder} was trained with ${config.process} noise, as its config.json says, not with ${process} noise.`);
  }
  const noise = process ?? config.process ?? processInNames(folder);
  if (noise === undefined) {
    throw new InputError(
      `${folder} does not say which noise it was trained with: neither its config.json (process) nor its name or its ` +
        `parent folder's (${[...processOfWord.keys()].join(', ')}). ` +
        `Name the process (process: 'absorbing' or 'uniform'; --process on the command line).`,
    );
  }
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

/** Words in the names of published folders. */
const processOfWord: ReadonlyMap<string, NoiseProcess> = new Map([
  ['absorb', 'absorbing'],
  ['absorbing', 'absorbing'],
  ['mdlm', 'absorbing'],
  ['uniform', 'uniform'],
  ['duo', 'uniform'],
]);

/** From the folder's own name, else from that of the folder it lies in: names further up say nothing of this one. */
function processInNames(folder: string): NoiseProcess | undefined {
  const path = resolve(folder);
  return processInName(basename(path)) ?? processInName(basename(dirname(path)));
}

/** A name that says both says nothing. */
function processInName(name: string): NoiseProcess | undefined {
  const words = name.toLowerCase().split(/[^a-z]+/);
  const said = new Set(words.flatMap((word) => processOfWord.get(word) ?? []));
  const [process] = said;
  return said.size === 1 ? process : undefined;
}
