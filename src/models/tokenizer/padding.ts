import type { ModelManifest } from '../../graph/manifest.js';
import type { Tokenizer } from '../denoiser.js';

/** Without a mask, the one id that a vocabulary has behind its tokenizer's is padding (Duo, BlockGen). */
export const paddedTokenizer = (tokenizer: Tokenizer, { maskId, vocabularySize }: ModelManifest): Tokenizer =>
  maskId === null && tokenizer.vocabularySize < vocabularySize ? withPadding(tokenizer, vocabularySize - 1) : tokenizer;

/** A tokenizer for rows that may also hold a padding id behind its own: it has no text. */
export const withPadding = (tokenizer: Tokenizer, padId: number): Tokenizer => ({
  ...tokenizer,
  decode: (tokens, unknown) =>
    tokenizer.decode(
      tokens.filter((token) => token !== padId),
      unknown,
    ),
});
