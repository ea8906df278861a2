import { join } from 'node:path';
import { InputError } from '../../graph/input-error.js';
import { isRecord } from '../../graph/is-record.js';
import { readJson } from '../checkpoint/files.js';
import type { Tokenizer } from '../denoiser.js';
import { parseCharacterTokenizer } from './character-json.js';
import { createHuggingFaceTokenizer } from './hugging-face.js';
import { noSpecialIds, specialIdsOf, type SpecialIds } from './special-ids.js';

/** A tokenizer and what its files say of its special ids. */
export interface LoadedTokenizer {
  readonly tokenizer: Tokenizer;
  readonly special: SpecialIds;
}

/**
 * The tokenizer in a folder, `null` where there is none: `tokenizer.json`, with the special tokens of
 * `tokenizer_config.json` where there is one. Throws an `InputError` when they can't be read.
 */
export async function loadTokenizer(folder: string): Promise<LoadedTokenizer | null> {
  const path = join(folder, 'tokenizer.json');
  const json = await readJson(path);
  if (json === undefined) return null;
  const kind = kindOf(json);
  if (!isRecord(json) || kind === undefined) {
    throw new InputError(
      `${path} is not a tokenizer of a known kind (model.type: ${[...libraryKinds, 'WordLevel'].join(', ')}); ` +
        `a folder without tokenizer.json works with token ids.`,
    );
  }
  // The library has no model of whole words, and a character that is not known deserves to be named.
  if (kind === 'WordLevel') return { tokenizer: parseCharacterTokenizer(json, path), special: noSpecialIds };
  const configPath = join(folder, 'tokenizer_config.json');
  const config = (await readJson(configPath)) ?? {};
  if (!isRecord(config)) throw new InputError(`${configPath} is not the configuration of a tokenizer.`);
  const files = { tokenizer: json, config };
  return { tokenizer: createHuggingFaceTokenizer(files, path), special: specialIdsOf(files) };
}

const libraryKinds = ['BPE', 'WordPiece', 'Unigram'];

/** Older files leave the type of their model out; GPT-2's is one. */
function kindOf(json: unknown): string | undefined {
  const model = isRecord(json) ? json['model'] : undefined;
  if (!isRecord(model)) return undefined;
  const { type } = model;
  if (type === undefined) return 'merges' in model ? 'BPE' : undefined;
  return [...libraryKinds, 'WordLevel'].find((kind) => kind === type);
}
