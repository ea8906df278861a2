import type { AnswerTo, ForwardReply, ModelCall, Question } from '../graph/effects.js';
import type { ModelManifest } from '../graph/manifest.js';
import { messageOf } from '../graph/message-of.js';
import type { Cache } from '../graph/values.js';

/** The outcome of one call among several that went out together: one row's fault leaves the others alone. */
export type Settled<T> = { readonly ok: true; readonly value: T } | Failed;

export interface Failed {
  readonly ok: false;
  readonly error: Error;
}

/** The outcome of a call that threw, whatever it threw. */
export const failed = (cause: unknown): Failed => ({
  ok: false,
  error: cause instanceof Error ? cause : new Error(messageOf(cause)),
});

/** The outcome of something that is done at once. */
export function settle<T>(attempt: () => T): Settled<T> {
  try {
    return { ok: true, value: attempt() };
  } catch (error) {
    return failed(error);
  }
}

export type AnswersTo<Q extends readonly Question[]> = { readonly [I in keyof Q]: Settled<AnswerTo<Q[I]>> };

/** Counts of what a denoiser has been asked to do, for statistics and for tests of the cache. */
export interface DenoiserCounters {
  /** Batched passes through the network. */
  readonly passes: number;
  /** Query positions evaluated, summed over rows and passes. */
  readonly positions: number;
}

/** How much a model takes on at once. Rows beyond that wait, and runs take turns. */
export interface Limits {
  /** Most rows in flight, over all runs; from 1 on. 256 when left out. */
  readonly rows?: number | undefined;
  /** Most bytes of keys and values that the rows in flight may come to. No limit when left out. */
  readonly cacheBytes?: number | undefined;
}

/** A model as the runtime sees it. Backends implement it; every backend passes the same parity cases. */
export interface Denoiser {
  readonly manifest: ModelManifest;
  /** Kept by the runtime, over all runs on this model; must not change. */
  readonly limits?: Limits | undefined;
  /** Bytes of keys and values of a row of so many tokens; rises with them. A model without caches has none, and need not say so. */
  cacheBytes?(tokens: number): number;
  /** An empty cache for one row, with one reference. */
  openCache(): Cache;
  /**
   * Runs calls of any kinds and rows, in as few passes as their shapes allow. Never rejects for one row's
   * fault (NaN in its logits, a row grown past the model's length): that call settles with an error. Where it rejects
   * for a fault of all, no handle is left behind, and the runtime tries the calls again in smaller parts.
   * What a row gets does not depend on the rows beside it. A backend whose logits stay on a device may give handles before anything
   * is computed: it tells of NaN in a row's logits, of memory that did not suffice and of a device that is lost by the answers to
   * whatever is asked of the row's prediction.
   */
  forward(calls: readonly ModelCall[]): Promise<readonly Settled<ForwardReply>[]>;
  /** Answers questions of one round together. A fault of one question, or of one row, settles that with an error and no other. */
  answer<const Q extends readonly Question[]>(questions: Q): Promise<AnswersTo<Q>>;
  /** Handles (caches and predictions) that have not been released yet. */
  readonly live: number;
  readonly counters: DenoiserCounters;
  /** Frees the weights. Handles that are still live become unusable. */
  dispose(): void;
}

/** Text to token ids and back. */
export interface Tokenizer {
  readonly vocabularySize: number;
  /** Throws an `InputError` that names the first character (or piece) it does not know. */
  encode(text: string): number[];
  /**
   * Special tokens (BOS, EOS, padding) have no text; ids outside the vocabulary (a mask) come out as `unknown`. More
   * tokens change nothing in the text of those before but U+FFFD at its end, where a character waits for its last bytes.
   */
  decode(tokens: readonly number[], unknown?: string): string;
}

/** A checkpoint ready to decode with. */
export interface Model {
  readonly denoiser: Denoiser;
  readonly tokenizer: Tokenizer | null;
  /** What computes it, in words: `onnx, fp32, 4 threads`. */
  readonly backend?: string;
  /** Sentences on what could not be had when it was opened; every run with it begins with them. */
  readonly warnings?: readonly string[];
}
