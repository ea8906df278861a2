import type { Drawn } from '../../graph/effects.js';
import { atEachPosition, rowOf, type Distribution } from './distribution.js';
import { kappaOf, refuseSigma } from './remasking.js';
import { drawn, inverseCdf } from './sampling.js';

/** A step t -> s; alpha is the probability that a token is still clean. */
export interface AlphaStep {
  readonly alphaT: number;
  readonly alphaS: number;
  /** For each position how likely a clean token gets noise again on the way; left out, nowhere. */
  readonly sigma?: readonly number[] | undefined;
}

/** q(x_s | x_t, x_0 ~ p) at one position: share * p + anywhere for every token, and more for some. */
export interface LinearPosterior {
  readonly share: number;
  readonly anywhere: number;
  readonly peaks: readonly { readonly token: number; readonly weight: number }[];
}

/**
 * q(x_s | x_t, x_0 ~ p) at each position, [positions, V] row-major, for noisy tokens x_t.
 * `maskId` is `null` for uniform noise. At alpha_t = 1, x_t is clean text and stays. Throws an `Error` unless
 * 0 <= alpha_t <= alpha_s <= 1 and every sigma is possible at that step.
 */
export function posterior(
  clean: Distribution,
  noisy: readonly number[],
  maskId: number | null,
  step: AlphaStep,
): Float64Array {
  refuseAlphas(step);
  const result = new Float64Array(clean.probabilities.length);
  noisy.forEach((token, position) => {
    const from = rowOf(clean.probabilities, position, clean.vocabularySize);
    const to = rowOf(result, position, clean.vocabularySize);
    const sigma = step.sigma?.[position] ?? 0;
    const { share, anywhere, peaks } = linearPosterior(token, from[token] ?? 0, from.length, maskId, step, sigma);
    for (let v = 0; v < from.length; v += 1) to[v] = share * (from[v] ?? 0) + anywhere;
    for (const peak of peaks) to[peak.token] = (to[peak.token] ?? 0) + peak.weight;
  });
  return result;
}

/** Draws one token a position from the posterior. */
export function samplePosterior(
  clean: Distribution,
  noisy: readonly number[],
  maskId: number | null,
  step: AlphaStep,
  uniforms: readonly number[],
): Drawn {
  const probabilities = posterior(clean, noisy, maskId, step);
  const tokens = atEachPosition({ ...clean, probabilities }, (row, _, position) =>
    inverseCdf(row, uniforms[position] ?? 0),
  );
  return drawn(clean, tokens);
}

/** Throws an `Error` unless 0 <= alpha_t <= alpha_s <= 1. */
export function refuseAlphas({ alphaT, alphaS }: AlphaStep): void {
  if (alphaT >= 0 && alphaT <= alphaS && alphaS <= 1) return;
  throw new Error(`a posterior needs 0 <= alpha_t <= alpha_s <= 1, found ${alphaT} and ${alphaS}`);
}

/** A number that hangs on own = p(x_t): constant + slope * own. */
export interface InOwn {
  readonly constant: number;
  readonly slope: number;
}

/**
 * A `LinearPosterior` before p(x_t) is known: each of its numbers is one of these over `total`. Whoever can't look into a
 * prediction before it is asked draws from the numerators, which are in proportion.
 */
export interface PosteriorInOwn {
  readonly share: InOwn;
  readonly anywhere: InOwn;
  readonly peaks: readonly { readonly token: number; readonly weight: InOwn }[];
  readonly total: InOwn;
}

const fixed = (constant: number): InOwn => ({ constant, slope: 0 });

/** a x + b y */
const mixed = (a: number, x: InOwn, b: number, y: InOwn): InOwn => ({
  constant: a * x.constant + b * y.constant,
  slope: a * x.slope + b * y.slope,
});

/**
 * The posterior at a position with the noisy token x_t, of which the prediction's own probability is `own` = p(x_t).
 * Throws an `Error` when `sigma` is impossible at that step.
 */
export function linearPosterior(
  token: number,
  own: number,
  vocabularySize: number,
  maskId: number | null,
  step: AlphaStep,
  sigma: number,
): LinearPosterior {
  const { share, anywhere, peaks, total } = posteriorInOwn(token, vocabularySize, maskId, step, sigma);
  const at = ({ constant, slope }: InOwn): number => constant + slope * own;
  const whole = at(total);
  return {
    share: at(share) / whole,
    anywhere: at(anywhere) / whole,
    peaks: peaks.map(({ token: peak, weight }) => ({ token: peak, weight: at(weight) / whole })),
  };
}

/** `linearPosterior` for any p(x_t). Throws as it does. */
export function posteriorInOwn(
  token: number,
  vocabularySize: number,
  maskId: number | null,
  step: AlphaStep,
  sigma: number,
): PosteriorInOwn {
  refuseSigma(sigma, step, maskId);
  if (maskId !== null) return absorbingPosterior(token, maskId, step, sigma);
  return correct(uniformPosterior(token, vocabularySize, step), vocabularySize, step.alphaS, sigma);
}

/**
 * ReMDM (arXiv 2503.00307), section 3: a revealed token is masked again with sigma, a mask is revealed with
 * (alpha_s - (1 - sigma) alpha_t) / (1 - alpha_t), so that as many are masked at s as without it. At sigma = 0 it is
 * MDLM's (arXiv 2406.07524, eq. 7).
 */
function absorbingPosterior(
  token: number,
  maskId: number,
  { alphaT, alphaS }: AlphaStep,
  sigma: number,
): PosteriorInOwn {
  const rest = { anywhere: fixed(0), total: fixed(1) };
  if (token !== maskId || alphaT === 1) {
    const again = { token: maskId, weight: fixed(sigma) };
    return { ...rest, share: fixed(0), peaks: [again, { token, weight: fixed(1 - sigma) }] };
  }
  const reveal = Math.min(1, (alphaS - (1 - sigma) * alphaT) / (1 - alphaT));
  return { ...rest, share: fixed(reveal), peaks: [{ token: maskId, weight: fixed(1 - reveal) }] };
}

/** UDLM (arXiv 2412.10193) and Duo (arXiv 2506.10892). */
function uniformPosterior(token: number, vocabularySize: number, { alphaT, alphaS }: AlphaStep): PosteriorInOwn {
  if (alphaT === 1) {
    return { share: fixed(0), anywhere: fixed(0), peaks: [{ token, weight: fixed(1) }], total: fixed(1) };
  }
  // From pure noise to pure noise nothing changes.
  const alphaTs = alphaS > 0 ? alphaT / alphaS : 1;
  const kept = alphaT * vocabularySize;
  return {
    share: fixed(alphaS - alphaT),
    anywhere: fixed(((1 - alphaTs) * (1 - alphaS)) / vocabularySize),
    peaks: [{ token, weight: { constant: alphaTs - alphaT, slope: kept } }],
    total: { constant: 1 - alphaT, slope: kept },
  };
}

/**
 * Psi-samplers (arXiv 2602.21185): kappa q(x_s | x_t, x_0 ~ p) + (1 - kappa) [alpha_s p + (1 - alpha_s) / V], of which the second
 * part forgets x_t and adds the noise of s to p(x_0) anew.
 */
function correct(
  { share, anywhere, peaks, total }: PosteriorInOwn,
  vocabularySize: number,
  alphaS: number,
  sigma: number,
): PosteriorInOwn {
  const kappa = kappaOf(sigma, alphaS);
  return {
    share: mixed(kappa, share, (1 - kappa) * alphaS, total),
    anywhere: mixed(kappa, anywhere, ((1 - kappa) * (1 - alphaS)) / vocabularySize, total),
    peaks: peaks.map(({ token, weight }) => ({ token, weight: mixed(kappa, weight, 0, total) })),
    total,
  };
}
