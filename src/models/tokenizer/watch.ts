import type { Decoder, Normalizer, PreTokenizer, Tokenizer as Library } from '@huggingface/tokenizers';
import { InputError } from '../../graph/input-error.js';
import { isRecord } from '../../graph/is-record.js';
import { messageOf } from '../../graph/message-of.js';

/** Runs work and gives what it returns; stops work that takes longer, and gives `undefined`. */
export type WithinTime = <T>(milliseconds: number, work: () => T) => { readonly value: T } | undefined;

/** Lets work take its time: for pages, which browsers stop, and for work that cannot be slow. */
export const howeverLong: WithinTime = (_, work) => ({ value: work() });

/** What one piece of work may take. */
export interface Allowance {
  /** Infinity: work of this kind cannot be slow, and needs no clock. */
  readonly seconds: number;
  /** Characters that the parts of the tokenizer may put out, all of them together. */
  readonly characters: number;
}

/**
 * Keeps the library of tokenizers within time and memory: `tokenizer.json` decides which regular expressions run over a text and by
 * what its parts replace it. An `InputError` names the part.
 */
export class Watch {
  /** The part that runs, as a place in the file and its pattern; '' between parts. */
  #part = '';
  #characters = Infinity;
  #overrun: InputError | undefined;
  #decoderMayBeSlow = false;

  readonly #where: string;
  readonly #withinTime: WithinTime;

  /** `where` is the file's name. */
  constructor(where: string, withinTime: WithinTime) {
    this.#where = where;
    this.#withinTime = withinTime;
  }

  /** Does `work`; `what` says it in messages. A tokenizer that has run out of time once is not asked again. */
  run<T>(what: string, { seconds, characters }: Allowance, work: () => T): T {
    if (this.#overrun !== undefined) throw this.#overrun;
    this.#part = '';
    this.#characters = characters;
    const withinTime = seconds === Infinity ? howeverLong : this.#withinTime;
    try {
      const done = withinTime(1000 * seconds, work);
      if (done !== undefined) return done.value;
    } catch (error) {
      throw error instanceof InputError ? error : this.#fault(`${what} fails`, ` (${messageOf(error)})`);
    }
    this.#overrun = this.#fault(`${what} takes longer than ${seconds} s`);
    throw this.#overrun;
  }

  /** Whether a pattern of the file's own runs over what is decoded. */
  get decoderMayBeSlow(): boolean {
    return this.#decoderMayBeSlow;
  }

  /** Measures every part of a tokenizer from now on. */
  follow({ normalizer, pre_tokenizer: preTokenizer, decoder }: Library): void {
    this.#followNormalizer(normalizer, 'normalizer');
    this.#followPreTokenizer(preTokenizer, 'pre_tokenizer');
    if (decoder !== null) this.#followDecoder(decoder, 'decoder');
  }

  #followNormalizer(part: Normalizer | null, place: string): void {
    part?.normalizers?.forEach((each, i) => this.#followNormalizer(each, `${place}.normalizers[${i}]`));
    if (part === null || part.normalizers !== undefined) return;
    const normalize = part.normalize.bind(part);
    part.normalize = this.#measured(place, part.config, normalize);
  }

  #followPreTokenizer(part: PreTokenizer | null, place: string): void {
    part?.tokenizers?.forEach((each, i) => this.#followPreTokenizer(each, `${place}.pretokenizers[${i}]`));
    if (part === null || part.tokenizers !== undefined) return;
    // The library takes steps of this length through a text, and comes to no end with 0.
    if (isRecord(part.config) && part.config['type'] === 'FixedLength' && !(Number(part.config['length']) >= 1)) {
      throw new InputError(`${this.#where}: ${place}.length must be 1 or more, not ${String(part.config['length'])}.`);
    }
    const split = part.pre_tokenize_text.bind(part);
    part.pre_tokenize_text = this.#measured(place, part.config, split);
  }

  #followDecoder(part: Decoder, place: string): void {
    part.decoders?.forEach((each, i) => this.#followDecoder(each, `${place}.decoders[${i}]`));
    const pattern = patternOf(part.config);
    // All other parts put out about as much as they get, in time that grows with it.
    if (pattern === undefined) return;
    this.#decoderMayBeSlow ||= pattern.isRegex || pattern.text.length > 100;
    const decode = part.decode_chain.bind(part);
    part.decode_chain = this.#measured(place, part.config, decode);
  }

  #measured<A extends readonly unknown[], R extends string | readonly string[]>(
    place: string,
    config: unknown,
    work: (...given: A) => R,
  ): (...given: A) => R {
    const pattern = patternOf(config);
    const part = pattern === undefined ? place : `${place}.pattern ${shortened(pattern.text)}`;
    return (...given) => {
      this.#part = part;
      const put = work(...given);
      this.#characters -= lengthOf(put);
      if (this.#characters < 0) throw this.#fault('a text grows without bound');
      this.#part = '';
      return put;
    };
  }

  #fault(what: string, why = ''): InputError {
    const at = this.#part === '' ? '' : ` at ${this.#part}`;
    return new InputError(
      `${this.#where}: ${what}${at}${why}; take another tokenizer (tokenizer; --tokenizer DIR or hf:org/repo), or a ` +
        `folder without tokenizer.json, which works with token ids.`,
    );
  }
}

/** In characters; the place of a text in a list counts as one, since it takes memory, too. */
const lengthOf = (put: string | readonly string[]): number =>
  typeof put === 'string' ? put.length : put.reduce((sum, { length }) => sum + length + 1, 0);

/** The pattern of a part, undefined where it has none. */
function patternOf(config: unknown): { readonly text: string; readonly isRegex: boolean } | undefined {
  const pattern = isRecord(config) ? config['pattern'] : undefined;
  if (!isRecord(pattern)) return undefined;
  const { Regex: regex, String: literal } = pattern;
  if (typeof regex === 'string') return { text: regex, isRegex: true };
  return typeof literal === 'string' ? { text: literal, isRegex: false } : undefined;
}

function shortened(pattern: string): string {
  const most = 80;
  return JSON.stringify(pattern.length > most ? `${pattern.slice(0, most)}…` : pattern);
}
