/**
 * What is used of the library (0.2). Its own declarations import each other without file extensions, which resolves
 * only for bundlers.
 */
declare module '@huggingface/tokenizers' {
  /** A part of a tokenizer, which may be assigned other methods; a sequence has parts of its own. */
  export interface Normalizer {
    /** Of tokenizer.json. */
    readonly config?: unknown;
    readonly normalizers?: readonly (Normalizer | null)[];
    normalize: (text: string) => string;
  }
  export interface PreTokenizer {
    readonly config?: unknown;
    readonly tokenizers?: readonly (PreTokenizer | null)[];
    pre_tokenize_text: (text: string, options: unknown) => readonly string[];
  }
  export interface Decoder {
    readonly config?: unknown;
    readonly decoders?: readonly Decoder[];
    decode_chain: (tokens: readonly string[]) => readonly string[];
  }
  export class Tokenizer {
    /** Parsed `tokenizer.json` and `tokenizer_config.json`. Throws an `Error` for what it does not know. */
    constructor(tokenizer: object, config: object);
    readonly normalizer: Normalizer | null;
    readonly pre_tokenizer: PreTokenizer | null;
    readonly decoder: Decoder | null;
    readonly model: { readonly vocab: readonly (string | undefined)[] };
    encode(
      text: string,
      options: { readonly add_special_tokens: boolean },
    ): {
      /** `undefined` where the model has no token and no unknown token. */
      readonly ids: readonly (number | undefined)[];
    };
    /** Throws an `Error` for an empty list. */
    decode(
      ids: number[],
      options: { readonly skip_special_tokens: boolean; readonly clean_up_tokenization_spaces: boolean },
    ): string;
    id_to_token(id: number): string | undefined;
  }
}
