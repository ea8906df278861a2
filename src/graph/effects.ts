import type { Block, Cache, Prediction } from './values.js';

/**
 * What a node may ask of a model. Nodes only describe it; the runtime gathers what all rows of all runs
 * ask in one round and hands it over together.
 */

/** A diffusion forward: p(x_0 | x_t) for a noisy block after the clean text in the cache. */
export interface DenoiseCall {
  readonly call: 'denoise';
  readonly cache: Cache;
  readonly block: Block;
  /** Divides the logits; 0 puts all the mass on the most probable token. */
  readonly temperature: number;
}

/** An AR forward: p_AR(x_i | x_<i) for every token of a drafted block, in one pass (BlockGen, AR scoring). */
export interface ArScoreCall {
  readonly call: 'ar-score';
  readonly cache: Cache;
  readonly draft: Block;
  /** One token of prior noise for each drafted position; its logits are the answer. */
  readonly probe: readonly number[];
  readonly temperature: number;
}

export type ModelCall = DenoiseCall | ArScoreCall;

/** What a forward gives back. Both handles are new references, owned by the caller. */
export interface ForwardReply {
  readonly prediction: Prediction;
  /** The call's cache with no token waiting any more; in a bidirectional model, which caches nothing, as it was. */
  readonly cache: Cache;
}

/** Divergences of two distributions p and q at each position. */
export const divergences = ['kld', 'reverse_kld', 'tvd'] as const;
export type Divergence = (typeof divergences)[number];

/** What one distribution says of its own doubt. */
export const uncertainties = ['entropy', 'confidence', 'margin'] as const;
export type Uncertainty = (typeof uncertainties)[number];

/** How badly given tokens fit a distribution. */
export const tokenScores = ['nll', 'gap_to_top1', 'entropy', 'confidence'] as const;
export type TokenScore = (typeof tokenScores)[number];

/** Draws one token a position from the prediction, one uniform in [0, 1) a position by the inverse CDF. */
export interface SampleQuestion {
  readonly ask: 'sample';
  readonly prediction: Prediction;
  readonly uniforms: readonly number[];
}

/** The most probable token of each position (the lowest id among equals). */
export interface ArgmaxQuestion {
  readonly ask: 'argmax';
  readonly prediction: Prediction;
}

/**
 * Draws one token a position from the posterior q(x_s | x_t, x_0) with the prediction in place of x_0
 * and the block that it was made for as x_t. Only a denoise call's prediction has one.
 * With `sigma`, tokens that are clean may get noise again, each position's with that probability: the posterior of ReMDM
 * (arXiv 2503.00307) under absorbing noise, of a Psi-sampler (arXiv 2602.21185) under uniform noise.
 */
export interface PosteriorQuestion {
  readonly ask: 'posterior';
  readonly prediction: Prediction;
  readonly alphaT: number;
  readonly alphaS: number;
  readonly sigma?: readonly number[];
  readonly uniforms: readonly number[];
}

/** Entropy in nats, -max p, or -(p_1 - p_2): larger is more doubtful. */
export interface UncertaintyQuestion {
  readonly ask: 'uncertainty';
  readonly prediction: Prediction;
  readonly measure: Uncertainty;
}

/**
 * The log of the smallest positive double, -744.4. A token that cannot be (the mask, what a shape cuts off, what is not the
 * most probable one at temperature 0) has this log-probability in scores, so that they stay finite and it is worse than all
 * that can be.
 */
export const leastLogProbability = Math.log(Number.MIN_VALUE);

/**
 * -log p(token), max log p - log p(token), the entropy, or -p(token): larger is worse. No log p is below
 * `leastLogProbability`.
 */
export interface TokenScoreQuestion {
  readonly ask: 'token-score';
  readonly prediction: Prediction;
  readonly tokens: readonly number[];
  readonly measure: TokenScore;
}

/**
 * What a divergence adds to every probability inside its logarithms, as the reference implementation does (BlockGen, arXiv
 * 2606.02241): a token that is certain for p and cannot be for q counts 27.6 nats.
 */
export const divergenceEpsilon = 1e-12;

/**
 * KL(p || q) = sum p log((p + `divergenceEpsilon`) / (q + `divergenceEpsilon`)), KL(q || p) or total variation, a number a
 * position.
 */
export interface DivergenceQuestion {
  readonly ask: 'divergence';
  readonly prediction: Prediction;
  readonly other: Prediction;
  readonly measure: Divergence;
}

/** Tokens drawn, and the probability p(x_0 = token) that the prediction itself gives each of them. */
export interface Drawn {
  readonly tokens: readonly number[];
  readonly probabilities: readonly number[];
}

/** Every question with its answer. */
export interface Answers {
  sample: Drawn;
  argmax: Drawn;
  posterior: Drawn;
  uncertainty: readonly number[];
  'token-score': readonly number[];
  divergence: readonly number[];
}

export type Question =
  SampleQuestion | ArgmaxQuestion | PosteriorQuestion | UncertaintyQuestion | TokenScoreQuestion | DivergenceQuestion;

export type AnswerTo<Q extends Question> = Answers[Q['ask']];
