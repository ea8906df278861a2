import { InputError } from '../../graph/input-error.js';
import { isHubReference } from '../hub/reference.js';
import { knownTokenizerOf } from './known.js';
import { loadTokenizer } from './load.js';
import type { LoadedTokenizer } from './parse.js';

/** What a model's tokenizer is found by. */
export interface TokenizerQuery {
  /** The checkpoint's folder. */
  readonly folder: string;
  /** A folder or `hf:org/repo` that a person named, over all others. */
  readonly given: string | undefined;
  readonly vocabularySize: number;
}

export interface FoundTokenizer {
  readonly loaded: LoadedTokenizer | null;
  /** What a person should be told. */
  readonly warnings: readonly string[];
}

/** Brings the files of a tokenizer, given as `hf:org/repo[/sub/folder][@revision]`, to a folder and gives its path. */
export type FetchTokenizer = (reference: string) => Promise<string>;

/**
 * The tokenizer that was asked for; else the one in the checkpoint's folder; else the one whose vocabulary the model has
 * (`knownTokenizerOf`). One that is only known and cannot be fetched is missed with a warning: rows are then token ids.
 * Throws an `InputError` where one that is named or lies in the folder cannot be read.
 */
export async function findTokenizer(
  { folder, given, vocabularySize }: TokenizerQuery,
  fetch: FetchTokenizer,
): Promise<FoundTokenizer> {
  if (given !== undefined) return { loaded: await namedTokenizer(given, fetch), warnings: [] };
  const own = await loadTokenizer(folder);
  if (own !== null) return { loaded: own, warnings: [] };
  const known = knownTokenizerOf(vocabularySize);
  if (known === undefined) return { loaded: null, warnings: [] };
  try {
    return { loaded: await namedTokenizer(`hf:${known.repository}`, fetch), warnings: [] };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const warning =
      `${folder} has no tokenizer.json, and its vocabulary of ${vocabularySize} is that of ${known.name}, ` +
      `which cannot be fetched: ${error.message} Rows are token ids; name a folder with a tokenizer.json ` +
      `or a repository that has one to get text (tokenizer; --tokenizer DIR or hf:org/repo).`;
    return { loaded: null, warnings: [warning] };
  }
}

async function namedTokenizer(given: string, fetch: FetchTokenizer): Promise<LoadedTokenizer> {
  const loaded = await loadTokenizer(isHubReference(given) ? await fetch(given) : given);
  if (loaded !== null) return loaded;
  throw new InputError(`There is no file tokenizer.json in ${given}, which was named for the tokenizer.`);
}
