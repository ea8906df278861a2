import { InputError } from '../graph/input-error.js';
import type { CheckpointPlace } from '../models/checkpoint/place.js';
import { knownTokenizerOf } from '../models/tokenizer/known.js';
import { parseTokenizer, type LoadedTokenizer } from '../models/tokenizer/parse.js';
import { howeverLong } from '../models/tokenizer/watch.js';
import { jsonOf, publishedNames, type ModelFiles } from './model-files.js';

export interface TokenizerQuery {
  /** Whether a person named it, so that it has to be there. */
  readonly named: boolean;
  readonly vocabularySize: number;
  readonly place: CheckpointPlace;
  readonly signal: AbortSignal | undefined;
}

/** The tokenizer among a model's files, `null` where there is none; with a sentence where one is known that should be. */
export async function findTokenizer(
  { tokenizer, tokenizerConfig }: Pick<ModelFiles, 'tokenizer' | 'tokenizerConfig'>,
  { named, vocabularySize, place, signal }: TokenizerQuery,
): Promise<{ readonly loaded: LoadedTokenizer | null; readonly warnings: readonly string[] }> {
  const file = tokenizer === undefined ? undefined : await jsonOf(tokenizer, publishedNames.tokenizer, { signal });
  if (file !== undefined && file.missing === undefined) {
    const config = () =>
      tokenizerConfig === undefined
        ? Promise.resolve({ json: undefined, where: publishedNames.tokenizerConfig })
        : jsonOf(tokenizerConfig, publishedNames.tokenizerConfig, { signal });
    return { loaded: await parseTokenizer(file, config, howeverLong), warnings: [] };
  }
  if (named && file !== undefined) {
    throw new InputError(`There is no file ${file.where} (${file.missing ?? ''}), which was named for the tokenizer.`);
  }
  const known = knownTokenizerOf(vocabularySize);
  if (known === undefined) return { loaded: null, warnings: [] };
  const warning =
    `${place.where} has no tokenizer.json, and its vocabulary of ${vocabularySize} is that of ${known.name} ` +
    `(${known.repository} on the Hugging Face hub). Rows are token ids; give the address of a folder with that ` +
    `tokenizer.json to get text (tokenizer).`;
  return { loaded: null, warnings: [warning] };
}
