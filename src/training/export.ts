import { join } from 'node:path';
import { writeSafetensors } from '../models/checkpoint/safetensors.js';
import { makeFolder } from '../models/make-folder.js';
import type { CharacterTokenizer } from '../models/tokenizer/character.js';
import type { CardFacts } from './model-card.js';
import { modelCard } from './model-card.js';
import { namedTensors, type ParameterLayout } from './parameters.js';
import { writeWhole } from './run-files.js';

/**
 * Writes a checkpoint folder in the published layout: `config.json` (with `block_sizes` and `process`),
 * `model.safetensors` (averaged weights in 16 bits), `tokenizer.json` and the model card.
 */
export async function exportCheckpoint(
  layout: ParameterLayout,
  average: Float32Array,
  tokenizer: CharacterTokenizer,
  facts: CardFacts,
): Promise<void> {
  const { options } = facts;
  await makeFolder(options.out);
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
  await writeSafetensors(join(options.out, 'model.safetensors'), namedTensors(layout, average), { dtype: 'F16' });
  await writeWhole(join(options.out, 'config.json'), json(config));
  await writeWhole(join(options.out, 'tokenizer.json'), json(tokenizer.toJson()));
  await writeWhole(join(options.out, 'README.md'), modelCard(facts));
}
