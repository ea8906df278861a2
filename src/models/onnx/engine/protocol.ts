import type { Answers, Question } from '../../../graph/effects.js';
import type { Shape } from '../../../graph/values.js';
import type { QueryMask } from '../../calls/mask.js';
import type { RawPrediction } from '../../questions/distribution.js';
import type { SlotUsage } from './slots.js';

/**
 * What travels between the handles and the engine, which may be in another thread: plain data, small. Handles are
 * numbers that the handles' side gives out; the engine knows those of caches with stored tokens and of predictions.
 */

/** A call, planned. */
export interface EngineCall extends QueryMask {
  /** The handle of the stored keys and values that it builds on; `null` where there are none. */
  readonly cache: number | null;
  /** How many of the stored tokens it builds on. */
  readonly stored: number;
  readonly tokens: readonly number[];
  readonly positions: readonly number[];
  /** How many of the leading tokens are stored as handle `extended` behind those. */
  readonly keep: number;
  /** `null` where `keep` is 0. */
  readonly extended: number | null;
  /** Position in the row of the first answer, for messages. */
  readonly start: number;
  readonly prediction: number;
  readonly raw: Omit<RawPrediction, 'logits'>;
  readonly noisy: readonly number[] | null;
}

/** What happened to handles since the last request, in order. */
export type HandleChange =
  /** `id` stands for the leading `length` tokens of `of`. */
  | { readonly change: 'share'; readonly id: number; readonly of: number; readonly length: number }
  | { readonly change: 'release-cache'; readonly id: number }
  | { readonly change: 'shape'; readonly id: number; readonly of: number; readonly shape: Shape }
  | { readonly change: 'residual'; readonly id: number; readonly of: number; readonly other: number }
  | { readonly change: 'release-prediction'; readonly id: number };

type Numbered<Q> = Q extends Question
  ? { readonly [K in keyof Q]: K extends 'prediction' | 'other' ? number : Q[K] }
  : never;

/** A question with the predictions' numbers in place of their handles. */
export type EngineQuestion = Numbered<Question>;

/** What an engine can be asked. */
export type EngineAsk =
  | { readonly request: 'forward'; readonly calls: readonly EngineCall[] }
  | { readonly request: 'answer'; readonly questions: readonly EngineQuestion[] }
  /** The logits [positions, V] of a prediction that was not made from others. */
  | { readonly request: 'logits'; readonly prediction: number }
  /** Nothing but the changes; the reply says what is held after them. */
  | { readonly request: 'usage' };

export type EngineRequest = { readonly changes: readonly HandleChange[] } & EngineAsk;

/** How one call or question among several came out. */
export type Outcome<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly message: string };

/** What a forward cost, and which of its calls have a prediction (and an extended cache) now. */
export interface ForwardOutcome {
  readonly outcomes: readonly Outcome<null>[];
  readonly passes: number;
  /** Tokens that went through the network. */
  readonly positions: number;
}

export interface EngineUsage extends SlotUsage {
  readonly predictions: number;
  /** Buffers of logits in use, and bytes of all there are. */
  readonly buffers: number;
  readonly logitsBytes: number;
}

export interface EngineReplies {
  readonly forward: ForwardOutcome;
  readonly answer: readonly Outcome<Answers[Question['ask']]>[];
  readonly logits: Float32Array;
  readonly usage: EngineUsage;
}

export type EngineReply = {
  readonly [K in keyof EngineReplies]: { readonly request: K; readonly value: EngineReplies[K] };
}[keyof EngineReplies];

/** What requests are refused with that come too late. */
export const disposedOf = 'the model has been disposed of';

/** The way to an engine. Requests are taken in the order in which they are sent. */
export interface Transport {
  /** Throws at once, in place of rejecting, where a request cannot be sent and nothing of it arrives. */
  send(request: EngineRequest): Promise<EngineReply>;
  dispose(): Promise<void>;
}
