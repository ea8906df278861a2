/**
 * What travels on the wires. Every value belongs to one row of a run. Host values are small, immutable
 * and JSON-able; the two handles (`prediction`, `cache`) stand for data that stays inside a model backend.
 */

/** Tokens by position in the row; null, and every position behind the list, is open. */
export type GivenTokens = readonly (number | null)[];

/** A row's text so far. */
export interface Canvas {
  /** The committed tokens, prompt included; never noise. */
  readonly tokens: readonly number[];
  /** How many tokens the finished row may have, prompt included. */
  readonly length: number;
  /** How many of the leading `tokens` were given and not generated. */
  readonly promptLength: number;
  /** Whether the row ended before its length, at an end-of-sequence token. */
  readonly ended: boolean;
  /**
   * Tokens that the row has to hold, those of the prompt included, for a row with given tokens behind its prompt.
   * A canvas that is not done goes on at an open position.
   */
  readonly template?: GivenTokens;
}

/** The positions being worked on, x_t in the papers. */
export interface Block {
  /** Position of the block's first token in the row. */
  readonly start: number;
  /** Nominal block size L'. The last block of a row may hold fewer `tokens`. */
  readonly size: number;
  /** The noisy tokens, one for each position. */
  readonly tokens: readonly number[];
  /** Positions that are given (a prompt's tail, an infilled span) and must never change. */
  readonly fixed: Positions;
}

/** One step t -> s of a noise schedule. alpha is the probability that a token is still clean. */
export interface NoiseLevel {
  readonly alphaT: number;
  readonly alphaS: number;
  /** Index of the step, from 0. */
  readonly step: number;
  /** How many steps the schedule has. */
  readonly steps: number;
  /** Whether this is the step to alpha_s = 1. */
  readonly last: boolean;
}

/** One number for each position of a block. An infinite one is worse, or better, than all others; NaN is refused. */
export type Scores = readonly number[];

/** A mask over the positions of a block; it may have an entry for the position behind it as well. */
export type Positions = readonly boolean[];

/**
 * A reference to data inside a model backend. Created with one reference, owned by whoever created it;
 * at zero references the backend frees what it stands for. Use after that is an error.
 */
export interface Handle {
  retain(): void;
  release(): void;
  /** How many references there are, 0 once it is gone. A backend need not say; where it does, misuse is found where it happens. */
  readonly references?: number;
}

/**
 * A way to reshape a distribution over the vocabulary. What a truncation leaves is normalised; where tokens are
 * equally probable, those with the lowest ids are kept. At least one token always is.
 */
export type Shape =
  /** p^(1 / value), normalised; 0 puts all the mass on the most probable token. */
  | { readonly shape: 'temperature'; readonly value: number }
  /** The `count` most probable tokens (Fan et al., arXiv 1805.04833). */
  | { readonly shape: 'top-k'; readonly count: number }
  /** The fewest most probable tokens that hold at least `mass` together (Holtzman et al., arXiv 1904.09751). */
  | { readonly shape: 'nucleus'; readonly mass: number }
  /** The tokens at least `ratio` times as probable as the most probable one (Nguyen et al., arXiv 2407.01082). */
  | { readonly shape: 'min-p'; readonly ratio: number };

/**
 * A distribution over the vocabulary at every position of a block. It answers questions
 * (`Question` in `effects.ts`) instead of handing out logits. Predictions made from others are handles of their own,
 * with one reference that the caller owns: those others may be released before them. They cost nothing until they
 * are asked, and answer whatever the prediction does that they were made from.
 */
export interface Prediction extends Handle {
  /** How many positions it covers. */
  readonly positions: number;
  /** This prediction with the distribution at every position reshaped. */
  shaped(shape: Shape): Prediction;
  /**
   * max(0, p - q), normalised, for this prediction p and another one q of the same model and vocabulary; p itself
   * where that is zero everywhere and at positions that q does not have. What is left to draw from after a draft
   * from q was refused (Leviathan et al., arXiv 2211.17192).
   */
  residual(other: Prediction): Prediction;
}

/**
 * Keys and values of a row's clean text. Immutable: committing gives a new handle, the old one stays
 * valid. Tokens committed wait in the handle until the next forward takes them along, so that a commit
 * costs no forward of its own.
 */
export interface Cache extends Handle {
  /** The clean tokens it stands for, those that still wait included. */
  readonly tokens: readonly number[];
  /** How many of `tokens` have been through the network. */
  readonly cached: number;
  /**
   * A handle for exactly `tokens`, sharing the longest common prefix with this one.
   * The caller owns it (one reference), also when nothing differs.
   */
  follow(tokens: readonly number[]): Cache;
}

/** The value that each kind of port carries. */
export interface PortValues {
  canvas: Canvas;
  block: Block;
  'noise-level': NoiseLevel;
  scores: Scores;
  positions: Positions;
  flag: boolean;
  number: number;
  prediction: Prediction;
  cache: Cache;
}

/** Name of a kind of port. */
export type PortKind = keyof PortValues;

/** Every kind, with one sentence for people and whether its values are handles with owners. */
export const portKinds: { readonly [K in PortKind]: { readonly summary: string; readonly handle: boolean } } = {
  canvas: { summary: "a row's committed tokens, its length and whether it has ended", handle: false },
  block: { summary: 'the noisy tokens being worked on, and which of them are fixed', handle: false },
  'noise-level': { summary: 'alpha_t and alpha_s of one denoising step', handle: false },
  scores: { summary: 'one number for each position of a block', handle: false },
  positions: { summary: 'a mask over the positions of a block', handle: false },
  flag: { summary: 'true or false', handle: false },
  number: { summary: 'a number', handle: false },
  prediction: { summary: 'a distribution over the vocabulary at every position of a block', handle: true },
  cache: { summary: "the KV cache of a row's clean text", handle: true },
};
