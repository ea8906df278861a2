/** Probabilities of a step t -> s with which clean tokens get noise again. */

interface Alphas {
  readonly alphaT: number;
  readonly alphaS: number;
}

/**
 * sigma_max = min(1, (1 - alpha_s) / alpha_t): with more, fewer tokens would be clean at s than alpha_s says, however many are
 * revealed (ReMDM, arXiv 2503.00307). On the way to clean text it is 0.
 */
export function largestSigma({ alphaT, alphaS }: Alphas): number {
  if (alphaS === 1) return 0;
  return alphaT === 0 ? 1 : Math.min(1, (1 - alphaS) / alphaT);
}

/**
 * How much of a step is ancestral: kappa = 1 - sigma / (1 - alpha_s), from 0 to 1 (Psi-samplers, arXiv 2602.21185). Under
 * absorbing noise the same mixture is ReMDM's posterior, and kappa may be negative there.
 */
export const kappaOf = (sigma: number, alphaS: number): number =>
  sigma === 0 ? 1 : Math.max(0, 1 - sigma / (1 - alphaS));

/** Throws an `Error` for what cannot be a sigma; under absorbing noise that is more than sigma_max, too. */
export function refuseSigma(sigma: number, step: Alphas, maskId: number | null): void {
  const most = maskId === null ? 1 : largestSigma(step);
  if (sigma >= 0 && sigma <= most) return;
  throw new Error(
    `sigma, the probability that a token gets noise again, has to be from 0 to ${most} ` +
      `on the way from alpha ${step.alphaT} to ${step.alphaS}, found ${sigma}`,
  );
}
