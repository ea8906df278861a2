import { InputError } from '../graph/input-error.js';
import type { Causality, ModelManifest, NoiseProcess } from '../graph/manifest.js';
import type { CheckpointConfig } from './checkpoint/config.js';
import type { OpenCheckpoint } from './checkpoint/checkpoint.js';
import type { CheckpointPlace } from './checkpoint/place.js';
import { processOf } from './process-of.js';
import { knownTokenizerOf } from './tokenizer/known.js';
import type { LoadedTokenizer } from './tokenizer/parse.js';
import { noSpecialIds } from './tokenizer/special-ids.js';

type Sizes = Pick<OpenCheckpoint, 'config' | 'shape'>;

/**
 * What a checkpoint says of itself, with its noise process by `processOf`. BOS and EOS come from the configuration, else
 * from the tokenizer; the mask is the tokenizer's own, else the last id. Throws an `InputError` when nothing says the
 * process, and when tokenizer or special ids do not fit the vocabulary.
 */
export function manifestOf(
  checkpoint: Sizes,
  place: CheckpointPlace,
  found: LoadedTokenizer | null,
  process?: NoiseProcess,
): ModelManifest {
  const { config, shape } = checkpoint;
  const { vocabularySize } = shape;
  const autoregressive = isCausalBaseline(checkpoint);
  const noise = autoregressive ? withoutNoise(config, place, process) : processOf(config, place, process);
  const known = found?.special ?? noSpecialIds;
  const size = found?.tokenizer.vocabularySize;
  const maskId =
    noise === 'uniform' ? null : size === vocabularySize ? (known.maskId ?? vocabularySize - 1) : vocabularySize - 1;
  if (size !== undefined) checkVocabulary(place, { size, vocabularySize, maskId, ownMask: known.maskId });
  const special = (name: 'bos_token_id' | 'eos_token_id', tokenizers: number | null): number | null => {
    const id = config[name] === undefined ? tokenizers : config[name];
    if (id === null || (id < vocabularySize && id !== maskId)) return id;
    const where = config[name] === undefined ? 'as the tokenizer has it' : 'in config.json';
    const fault = id === maskId ? 'which is the mask' : `and the vocabulary ends at ${vocabularySize - 1}`;
    throw new InputError(`${place.where}: ${name} ${where} is ${id}, ${fault}.`);
  };
  const { block_sizes: blockSizes = autoregressive ? [1] : undefined } = config;
  return {
    name: place.name,
    vocabularySize,
    process: noise,
    maskId,
    length: config.length,
    causality: autoregressive ? 'token-causal' : causalityOf(config),
    predicts: autoregressive ? 'next-token' : 'block',
    blockSizes: blockSizes === undefined ? null : [...new Set(blockSizes)].sort((a, b) => a - b),
    bosId: special('bos_token_id', known.bosId),
    eosId: special('eos_token_id', known.eosId),
  };
}

/** The published AR baseline differs in nothing else from the full-sequence diffusion baselines. */
const isCausalBaseline = ({ config, shape }: Sizes): boolean => config.type === 'dit' && shape.condition === null;

/** It has an id for a mask all the same, which it never predicts: that stands for a token not yet drawn. */
function withoutNoise(
  config: CheckpointConfig,
  { where }: CheckpointPlace,
  process: NoiseProcess | undefined,
): NoiseProcess {
  const named = process ?? config.process;
  if (named === undefined) return 'absorbing';
  throw new InputError(
    `${where} is a dit without adaLN, which is how the autoregressive baseline is published: ` +
      `it has no noise, and the process ${named} was named for it.`,
  );
}

/** A model has its tokenizer's ids, or one more: the mask, or padding. */
function checkVocabulary(
  { where }: CheckpointPlace,
  given: {
    readonly size: number;
    readonly vocabularySize: number;
    readonly maskId: number | null;
    readonly ownMask: number | null;
  },
): void {
  const { size, vocabularySize, maskId, ownMask } = given;
  const most = maskId === null || maskId === ownMask ? vocabularySize : vocabularySize - 1;
  if (size <= most && size >= vocabularySize - 1) return;
  const known = knownTokenizerOf(vocabularySize);
  throw new InputError(
    `${where}: the tokenizer has ${size} ids, but the model has ${vocabularySize}` +
      (most < vocabularySize ? ', the last of them the mask' : '') +
      (known === undefined || size === known.vocabularySize
        ? '.'
        : `: those of ${known.name} (hf:${known.repository}).`),
  );
}

function causalityOf(config: CheckpointConfig): Causality {
  if (config.type === 'dit') return 'bidirectional';
  return config.x0_causal ? 'token-causal' : 'block-causal';
}
