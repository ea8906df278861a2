import type { Drawn } from '../../graph/effects.js';
import { atEachPosition, rowOf, type Distribution } from './distribution.js';
import { drawn, inverseCdf } from './sampling.js';

/** A step t -> s; alpha is the probability that a token is still clean. */
export interface AlphaStep {
  readonly alphaT: number;
  readonly alphaS: number;
}

/**
 * q(x_s | x_t, x_0 ~ p) at each position, [positions, V] row-major, for noisy tokens x_t.
 * `maskId` is `null` for uniform noise. At alpha_t = 1, x_t is clean text and stays. Throws an `Error` unless
 * 0 <= alpha_t <= alpha_s <= 1.
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
    const from = rowOf(clean.probabilities, position, clean.vocabularySize);
    const to = rowOf(result, position, clean.vocabularySize);
    if (alphaT === 1) to[token] = 1;
    else if (maskId === null) uniformPosterior(from, to, token, step);
    else absorbingPosterior(from, to, token, maskId, step);
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

/** MDLM (arXiv 2406.07524), eq. 7: a mask is revealed with (alpha_s - alpha_t) / (1 - alpha_t), the rest stays. */
function absorbingPosterior(
  clean: Float64Array,
  result: Float64Array,
  token: number,
  maskId: number,
  { alphaT, alphaS }: AlphaStep,
): void {
  if (token !== maskId) {
    result[token] = 1;
    return;
  }
  const reveal = (alphaS - alphaT) / (1 - alphaT);
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
