import type { NodeContext } from '../../graph/node-definition.js';

/** Noise schedules by name: alpha(t), the probability that a token is still clean at time t in [0, 1]. */
export const noiseSchedules = {
  /** MDLM, section 5.1: alpha(t) = eps + (1 - eps)(1 - t). */
  'log-linear': (t: number, eps: number): number => eps + (1 - eps) * (1 - t),
  /** alpha(t) = eps + (1 - eps)(1 - cos(pi/2 (1 - t))). */
  cosine: (t: number, eps: number): number => eps + (1 - eps) * (1 - Math.cos((Math.PI / 2) * (1 - t))),
} as const;

/** The earliest time on a grid of steps: alpha is not quite 1 there, and the last step jumps the rest of the way. */
export const earliestTime = 1e-5;

/** Time of step `i` on the grid linspace(start, end, steps + 1), where an end of 0 is taken as 1e-5, or as an earlier start. */
export const stepTime = (i: number, steps: number, start = 1, end = 0): number =>
  start - (i * (start - Math.max(end, Math.min(start, earliestTime)))) / steps;

/** Draws `count` tokens of prior noise: the mask id, or any of the V tokens with equal probability. */
export function priorNoise(context: NodeContext, count: number): number[] {
  const { maskId, vocabularySize } = context.manifest;
  if (maskId !== null) return new Array<number>(count).fill(maskId);
  return context.uniforms(count).map((u) => Math.floor(u * vocabularySize));
}
