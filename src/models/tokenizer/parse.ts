import { InputError } from '../../graph/input-error.js';
import { isRecord } from '../../graph/is-record.js';
import type { Tokenizer } from '../denoiser.js';
import { parseCharacterTokenizer } from './character-json.js';
import { createHuggingFaceTokenizer } from './hugging-face.js';
import { noSpecialIds, specialIdsOf, type SpecialIds } from './special-ids.js';
import type { WithinTime } from './watch.js';

/** A tokenizer and what its files say of its special ids. */
export interface LoadedTokenizer {
  readonly tokenizer: Tokenizer;
  readonly special: SpecialIds;
}

/** The content of a JSON file and the name of the file in messages. */
export interface NamedJson {
  readonly json: unknown;
  readonly where: string;
}

/**
 * The tokenizer of a parsed `tokenizer.json`, with the special tokens of `tokenizer_config.json` (whose content is
 * `undefined` where there is none, and which is only read for kinds that have some).
 * `withinTime` stops what takes too long. Throws an `InputError` for what can't be read.
 */
export async function parseTokenizer(
  { json, where }: NamedJson,
  readConfig: () => Promise<NamedJson>,
  withinTime: WithinTime,
): Promise<LoadedTokenizer> {
  const kind = kindOf(json);
  if (!isRecord(json) || kind === undefined) {
    throw new InputError(
      `${where} is not a tokenizer of a known kind (model.type: ${[...libraryKinds, 'WordLevel'].join(', ')}); ` +
        `a folder without tokenizer.json works with token ids.`,
    );
  }
  // The library has no model of whole words, and a character that is not known deserves to be named.
  if (kind === 'WordLevel') return { tokenizer: parseCharacterTokenizer(json, where), special: noSpecialIds };
  const { json: config = {}, where: configWhere } = await readConfig();
  if (!isRecord(config)) throw new InputError(`${configWhere} is not the configuration of a tokenizer.`);
  const files = { tokenizer: json, config };
  return { tokenizer: createHuggingFaceTokenizer(files, where, withinTime), special: specialIdsOf(files) };
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
