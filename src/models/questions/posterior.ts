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
  refuseSigma(sigma, step, maskId);
  if (maskId !== null) return absorbingPosterior(token, maskId, step, sigma);
  return correct(uniformPosterior(token, own, vocabularySize, step), vocabularySize, step.alphaS, sigma);
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
): LinearPosterior {
  if (token !== maskId || alphaT === 1) {
    const again = { token: maskId, weight: sigma };
    return { share: 0, anywhere: 0, peaks: [again, { token, weight: 1 - sigma }] };
  }
  const reveal = Math.min(1, (alphaS - (1 - sigma) * alphaT) / (1 - alphaT));
  return { share: reveal, anywhere: 0, peaks: [{ token: maskId, weight: 1 - reveal }] };
}

/** UDLM (arXiv 2412.10193) and Duo (arXiv 2506.10892). */
function uniformPosterior(
  token: number,
  own: number,
  vocabularySize: number,
  { alphaT, alphaS }: AlphaStep,
): LinearPosterior {
  if (alphaT === 1) return { share: 0, anywhere: 0, peaks: [{ token, weight: 1 }] };
  // From pure noise to pure noise nothing changes.
  const alphaTs = alphaS > 0 ? alphaT / alphaS : 1;
  const kept = alphaT * vocabularySize * own;
  const total = kept + 1 - alphaT;
  return {
    share: (alphaS - alphaT) / total,
    anywhere: ((1 - alphaTs) * (1 - alphaS)) / vocabularySize / total,
    peaks: [{ token, weight: (kept + alphaTs - alphaT) / total }],
  };
}

/**
 * Psi-samplers (arXiv 2602.21185): kappa q(x_s | x_t, x_0 ~ p) + (1 - kappa) [alpha_s p + (1 - alpha_s) / V], of which the second
 * part forgets x_t and adds the noise of s to p(x_0) anew.
 */
function correct(
  { share, anywhere, peaks }: LinearPosterior,
  vocabularySize: number,
  alphaS: number,
  sigma: number,
): LinearPosterior {
  const kappa = kappaOf(sigma, alphaS);
  return {
    share: kappa * share + (1 - kappa) * alphaS,
    anywhere: kappa * anywhere + ((1 - kappa) * (1 - alphaS)) / vocabularySize,
    peaks: peaks.map(({ token, weight }) => ({ token, weight: kappa * weight })),
  };
}
