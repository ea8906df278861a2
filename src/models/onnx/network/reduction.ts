import { isPrecise } from '../questions/segments.js';
import type { Reduction } from './network.js';

/** Room for the reduction of rows of logits at these temperatures; `null` for a network that does none. */
export function reductionFor(temperatures: readonly number[], segments: number | null): Reduction | null {
  if (segments === null) return null;
  const rows = temperatures.length;
  return {
    inverseTemperatures: inverseTemperatures(temperatures),
    maxima: new Float32Array(rows * segments),
    sums: new Float32Array(rows * segments),
    totals: new Float32Array(rows),
  };
}

/** 1 over each; of 0, where nothing is divided, and of those that single precision is not enough for, 1. */
export const inverseTemperatures = (temperatures: readonly number[]): Float32Array =>
  Float32Array.from(temperatures, (temperature) => (temperature > 0 && isPrecise(temperature) ? 1 / temperature : 1));
