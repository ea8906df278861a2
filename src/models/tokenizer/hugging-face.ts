import { Tokenizer as Library } from '@huggingface/tokenizers';
import { InputError } from '../../graph/input-error.js';
import { messageOf } from '../../graph/message-of.js';
import type { Tokenizer } from '../denoiser.js';

/** A parsed `tokenizer.json` and `tokenizer_config.json` (empty where there is none). */
export interface TokenizerFiles {
  readonly tokenizer: object;
  readonly config: object;
}

/**
 * Any fast tokenizer of the Hugging Face libraries. `encode` adds no special tokens, but knows their names in a text; what
 * it has no token for becomes its unknown token, where it has one. `decode` leaves special tokens out. `where` names the file in the `InputError` for one that the library cannot read.
 */
export function createHuggingFaceTokenizer({ tokenizer, config }: TokenizerFiles, where: string): Tokenizer {
  const library = open(tokenizer, config, where);
  const vocabularySize = library.model.vocab.length;
  const known = (id: number): boolean => library.id_to_token(id) !== undefined;
  const isId = (id: number | undefined): id is number => id !== undefined && known(id);
  const idsOf = (text: string) => [...library.encode(text, { add_special_tokens: false }).ids];
  // Without the clean-up, which would join what is typed as "a ,": a text comes back as it was.
  const textOf = (tokens: readonly number[]): string =>
    tokens.length === 0
      ? ''
      : library.decode([...tokens], { skip_special_tokens: true, clean_up_tokenization_spaces: false });
  return {
    vocabularySize,
    encode: (text) => {
      const tokens = idsOf(text);
      if (tokens.every(isId)) return tokens;
      const odd = Array.from(text).find((character) => !idsOf(character).every(isId)) ?? text;
      throw new InputError(`The tokenizer has no token for ${JSON.stringify(odd)}.`);
    },
    decode: (tokens, unknown = '\ufffd') => {
      const strange = tokens.findIndex((token) => !known(token));
      if (strange < 0) return textOf(tokens);
      const parts: string[] = [];
      let from = 0;
      for (const [index, token] of tokens.entries()) {
        if (known(token)) continue;
        parts.push(textOf(tokens.slice(from, index)), unknown);
        from = index + 1;
      }
      return parts.join('') + textOf(tokens.slice(from));
    },
  };
}

/** The library wants to see every part of the format, also those that are not there. */
const complete = (tokenizer: object): object => ({
  added_tokens: [],
  normalizer: null,
  pre_tokenizer: null,
  post_processor: null,
  decoder: null,
  ...tokenizer,
});

function open(tokenizer: object, config: object, where: string): Library {
  try {
    return new Library(complete(tokenizer), config);
  } catch (error) {
    throw new InputError(
      `${where} is not a tokenizer that can be read (${messageOf(error)}); a folder without tokenizer.json works with token ids.`,
    );
  }
}
