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
  const { alphaT, alphaS } = step;
  if (!(alphaT >= 0 && alphaT <= alphaS && alphaS <= 1)) {
    throw new Error(`a posterior needs 0 <= alpha_t <= alpha_s <= 1, found ${alphaT} and ${alphaS}`);
  }
  const result = new Float64Array(clean.probabilities.length);
  noisy.forEach((token, position) => {
    const sigma = step.sigma?.[position] ?? 0;
    refuseSigma(sigma, step, maskId);
    const from = rowOf(clean.probabilities, position, clean.vocabularySize);
    const to = rowOf(result, position, clean.vocabularySize);
    if (maskId !== null) absorbingPosterior(from, to, token, maskId, step, sigma);
    else {
      uniformPosterior(from, to, token, step);
      correct(from, to, alphaS, kappaOf(sigma, alphaS));
    }
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

/**
 * ReMDM (arXiv 2503.00307), section 3: a revealed token is masked again with sigma, a mask is revealed with
 * (alpha_s - (1 - sigma) alpha_t) / (1 - alpha_t), so that as many are masked at s as without it. At sigma = 0 it is
 * MDLM's (arXiv 2406.07524, eq. 7).
 */
function absorbingPosterior(
  clean: Float64Array,
  result: Float64Array,
  token: number,
  maskId: number,
  { alphaT, alphaS }: AlphaStep,
  sigma: number,
): void {
  if (token !== maskId || alphaT === 1) {
    result[maskId] = sigma;
    result[token] = 1 - sigma;
    return;
  }
  const reveal = Math.min(1, (alphaS - (1 - sigma) * alphaT) / (1 - alphaT));
  for (let v = 0; v < clean.length; v += 1) result[v] = reveal * (clean[v] ?? 0);
  result[maskId] = 1 - reveal;
}

/** UDLM (arXiv 2412.10193) and Duo (arXiv 2506.10892). */
function uniformPosterior(
  clean: Float64Array,
  result: Float64Array,
  token: number,
  { alphaT, alphaS }: AlphaStep,
): void {
  if (alphaT === 1) {
    result[token] = 1;
    return;
  }
  const size = clean.length;
  // From pure noise to pure noise nothing changes.
  const alphaTs = alphaS > 0 ? alphaT / alphaS : 1;
  const own = alphaT * size * (clean[token] ?? 0);
  const total = own + 1 - alphaT;
  const anywhere = ((1 - alphaTs) * (1 - alphaS)) / size;
  for (let v = 0; v < size; v += 1) {
    const stays = v === token ? own + alphaTs - alphaT : 0;
    result[v] = (stays + (alphaS - alphaT) * (clean[v] ?? 0) + anywhere) / total;
  }
}

/**
 * Psi-samplers (arXiv 2602.21185): kappa q(x_s | x_t, x_0 ~ p) + (1 - kappa) [alpha_s p + (1 - alpha_s) / V], of which the second
 * part forgets x_t and adds the noise of s to p(x_0) anew. `result` comes as the first distribution.
 */
function correct(clean: Float64Array, result: Float64Array, alphaS: number, kappa: number): void {
  if (kappa === 1) return;
  const anywhere = (1 - alphaS) / clean.length;
  for (let v = 0; v < clean.length; v += 1) {
    result[v] = kappa * (result[v] ?? 0) + (1 - kappa) * (alphaS * (clean[v] ?? 0) + anywhere);
  }
}
