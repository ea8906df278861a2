import { join } from 'node:path';
import { writeSafetensors } from '../models/checkpoint/safetensors.js';
import { writeWhole } from '../platform/whole-file.js';
import type { CharacterTokenizer } from '../models/tokenizer/character.js';
import type { CardFacts } from './model-card.js';
import { modelCard } from './model-card.js';
import { namedTensors, type ParameterLayout } from './parameters.js';

const files = {
  config: 'config.json',
  weights: 'model.safetensors',
  tokenizer: 'tokenizer.json',
  card: 'README.md',
} as const;

/** The files that make a folder a checkpoint. */
export const checkpointFiles: readonly string[] = [files.config, files.weights, files.tokenizer];

/** Whether a file of that name is one that `exportCheckpoint` writes. */
export const isExported = (name: string): boolean => checkpointFiles.includes(name) || name === files.card;

/**
 * Writes a checkpoint folder in the published layout: `config.json` (with `block_sizes` and `process`),
 * `model.safetensors` (averaged weights in 16 bits), `tokenizer.json` and the model card. The folder has to exist. Throws a
 * `WriteFailure` where a file cannot be written.
 */
export async function exportCheckpoint(
  layout: ParameterLayout,
  average: Float32Array,
  tokenizer: CharacterTokenizer,
  facts: CardFacts,
): Promise<void> {
  const { options } = facts;
  const config = {
    type: 'block-dit',
    hidden_size: options.hidden,
    n_blocks: options.layers,
    n_heads: options.heads,
    length: options.length,
    x0_causal: true,
    block_sizes: facts.blockSizes,
    process: options.process,
  };
  const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
  await writeSafetensors(join(options.out, files.weights), namedTensors(layout, average), { dtype: 'F16' });
  await writeWhole(join(options.out, files.config), json(config));
  await writeWhole(join(options.out, files.tokenizer), json(tokenizer.toJson()));
  await writeWhole(join(options.out, files.card), modelCard(facts));
}
