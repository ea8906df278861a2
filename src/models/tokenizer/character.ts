import { InputError } from '../../graph/input-error.js';
import type { Tokenizer } from '../denoiser.js';

/** A tokenizer with one id for each character (Unicode code point). */
export interface CharacterTokenizer extends Tokenizer {
  /** The characters, by id. */
  readonly characters: readonly string[];
  /** Content of a `tokenizer.json` that the Hugging Face libraries read as well. */
  toJson(): CharacterTokenizerJson;
}

/** What such a `tokenizer.json` holds. */
export interface CharacterTokenizerJson {
  readonly version: '1.0';
  readonly truncation: null;
  readonly padding: null;
  readonly added_tokens: readonly never[];
  readonly normalizer: null;
  readonly pre_tokenizer: {
    readonly type: 'Split';
    readonly pattern: { readonly Regex: string };
    readonly behavior: 'Isolated';
    readonly invert: false;
  };
  readonly post_processor: null;
  readonly decoder: { readonly type: 'Fuse' };
  readonly model: {
    readonly type: 'WordLevel';
    readonly vocab: Readonly<Record<string, number>>;
    readonly unk_token: string;
  };
}

/** Any one character, line breaks included. */
export const anyCharacter = '[\\s\\S]';

/**
 * Ids follow the order of `characters`, a string or a list with one code point an entry.
 * Throws an `InputError` on duplicates, and on entries that are not one code point.
 */
export function createCharacterTokenizer(characters: string | readonly string[]): CharacterTokenizer {
  const list = Array.from(characters);
  const ids = new Map<string, number>();
  for (const [id, character] of list.entries()) {
    if ([...character].length !== 1)
      throw new InputError(`A character tokenizer has no place for ${quote(character)}.`);
    if (ids.has(character)) throw new InputError(`A character tokenizer names ${quote(character)} twice.`);
    ids.set(character, id);
  }
  return {
    characters: list,
    vocabularySize: list.length,
    encode: (text) =>
      Array.from(text, (character, position) => {
        const id = ids.get(character);
        if (id === undefined) {
          throw new InputError(
            `The tokenizer does not know ${quote(character)} (character ${position + 1} of the text). It knows ${describe(list)}.`,
          );
        }
        return id;
      }),
    decode: (tokens, unknown = '\ufffd') => tokens.map((token) => list[token] ?? unknown).join(''),
    toJson: () => ({
      version: '1.0',
      truncation: null,
      padding: null,
      added_tokens: [],
      normalizer: null,
      pre_tokenizer: { type: 'Split', pattern: { Regex: anyCharacter }, behavior: 'Isolated', invert: false },
      post_processor: null,
      decoder: { type: 'Fuse' },
      // The format wants an unknown token; one that is not in the vocabulary makes an unknown character an error.
      model: { type: 'WordLevel', vocab: Object.fromEntries(ids), unk_token: '<unk>' },
    }),
  };
}

const quote = (character: string): string => JSON.stringify(character);

/** The known characters for a message: in order of code points, shortened when there are very many. */
function describe(characters: readonly string[]): string {
  const shown = 200;
  const sorted = [...characters].sort((a, b) => (a.codePointAt(0) ?? 0) - (b.codePointAt(0) ?? 0));
  const text = quote(sorted.slice(0, shown).join(''));
  return sorted.length > shown ? `${text} and ${sorted.length - shown} more` : text;
}
