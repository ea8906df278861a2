import { Tokenizer as Library } from '@huggingface/tokenizers';
import { InputError } from '../../graph/input-error.js';
import { messageOf } from '../../graph/message-of.js';
import type { Tokenizer } from '../denoiser.js';
import { Watch, type WithinTime } from './watch.js';

/** A parsed `tokenizer.json` and `tokenizer_config.json` (empty where there is none). */
export interface TokenizerFiles {
  readonly tokenizer: object;
  readonly config: object;
}

/** Longer texts are not encoded: no row has room for them. */
const mostCharacters = 1_000_000;

/**
 * Any fast tokenizer of the Hugging Face libraries. `encode` adds no special tokens, but knows their names in a text; what
 * it has no token for becomes its unknown token, where it has one. `decode` leaves special tokens out. `where` names the file
 * in the `InputError` for one that the library cannot read, and for one that takes too long over a text or makes too much of it.
 */
export function createHuggingFaceTokenizer(
  { tokenizer, config }: TokenizerFiles,
  where: string,
  withinTime: WithinTime,
): Tokenizer {
  const watch = new Watch(where, withinTime);
  const library = open({ tokenizer, config }, where, watch);
  const vocabularySize = library.model.vocab.length;
  const known = (id: number): boolean => library.id_to_token(id) !== undefined;
  const isId = (id: number | undefined): id is number => id !== undefined && known(id);
  const idsOf = (text: string) => [...library.encode(text, { add_special_tokens: false }).ids];
  // Without the clean-up, which would join what is typed as "a ,": a text comes back as it was.
  const textOf = (tokens: readonly number[]): string => {
    if (tokens.length === 0) return '';
    const allowance = {
      seconds: watch.decoderMayBeSlow ? 3 + Math.ceil(tokens.length / 5000) : Infinity,
      characters: 1e6 + 10_000 * tokens.length,
    };
    return watch.run(`decoding ${tokens.length} tokens`, allowance, () =>
      library.decode([...tokens], { skip_special_tokens: true, clean_up_tokenization_spaces: false }),
    );
  };
  return {
    vocabularySize,
    encode: (text) => {
      if (text.length > mostCharacters) {
        throw new InputError(
          `A text of ${text.length} characters is not encoded; it may have ${mostCharacters} at most.`,
        );
      }
      // A million characters take about 3 s.
      const allowance = { seconds: 3 + Math.ceil(text.length / 50_000), characters: 1e6 + 100 * text.length };
      return watch.run(`encoding ${text.length} characters`, allowance, () => {
        const tokens = idsOf(text);
        if (tokens.every(isId)) return tokens;
        const odd = [...new Set(text)].find((character) => !idsOf(character).every(isId)) ?? text;
        throw new InputError(`The tokenizer has no token for ${JSON.stringify(odd)}.`);
      });
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

function open({ tokenizer, config }: TokenizerFiles, where: string, watch: Watch): Library {
  // The largest tokenizers take about 2 s.
  const library = watch.run('opening it', { seconds: 30, characters: Infinity }, () => {
    try {
      return new Library(complete(tokenizer), config);
    } catch (error) {
      throw new InputError(
        `${where} is not a tokenizer that can be read (${messageOf(error)}); a folder without tokenizer.json works with token ids.`,
      );
    }
  });
  watch.follow(library);
  return library;
}
