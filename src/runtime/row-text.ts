import type { Tokenizer } from '../models/denoiser.js';

const unfinished = /\ufffd+$/;

/**
 * The text of a row that grows. The pieces that it gives out, one behind the other, are the text of the whole row: a
 * character whose bytes are spread over several tokens comes with the token that completes it, and one that is never
 * completed as U+FFFD with what follows it, or from `end`.
 */
export class RowText {
  private readonly decode: (tokens: readonly number[]) => string;
  private readonly tokens: number[] = [];
  /** Decoded with the first tokens behind it, so that a tokenizer that fails does so in the course of the run. */
  private prompt: readonly number[];
  /** Decoding begins here, with tokens that have given all their text: to some tokenizers the first word is special. */
  private from = 0;
  /** Where the tokens begin that were added since. */
  private fresh = 0;
  /** How much of the text from there has been given out. */
  private given = 0;

  /** The row begins with the tokens of `prompt`, whose text somebody else gives out. */
  constructor(tokenizer: Pick<Tokenizer, 'decode'>, prompt: readonly number[] = []) {
    this.decode = (tokens) => tokenizer.decode(tokens);
    this.prompt = prompt;
  }

  /** The text that these tokens add. */
  add(tokens: readonly number[]): string {
    this.passPrompt();
    return this.grow(tokens);
  }

  /** What still waits for the rest of a character, when there is no rest. */
  end(): string {
    this.passPrompt();
    const text = this.decode(this.tokens.slice(this.from));
    const piece = text.slice(this.given);
    this.given = text.length;
    return piece;
  }

  private passPrompt(): void {
    const { prompt } = this;
    this.prompt = [];
    if (prompt.length > 0) this.grow(prompt);
  }

  private grow(tokens: readonly number[]): string {
    for (const token of tokens) this.tokens.push(token);
    const text = this.decode(this.tokens.slice(this.from));
    const settled = text.replace(unfinished, '');
    const piece = settled.slice(this.given);
    // Some decoders take back a whole run of bytes while its end is unfinished; what was given out is not given again.
    this.given = Math.max(this.given, settled.length);
    if (settled.length === text.length) this.moveOn();
    return piece;
  }

  /** What was added last begins the next text to decode, so that none gets long. */
  private moveOn(): void {
    const last = this.decode(this.tokens.slice(this.fresh));
    if (last === '') return;
    this.from = this.fresh;
    this.given = last.length;
    this.fresh = this.tokens.length;
  }
}
