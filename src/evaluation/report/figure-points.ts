import type { Comparison } from '../comparison.js';

/** A setting in the figure. */
export interface FigurePoint {
  readonly sampler: string;
  /** Whether a budget decided its NFE. */
  readonly steered: boolean;
  /** NFE a row. */
  readonly nfe: number;
  /** AR score in nats a token, and what it may be off by: one standard error to either side. */
  readonly score: number;
  readonly low: number;
  readonly high: number;
  /** Unigram entropy of a row in nats. */
  readonly entropy: number;
}

/** Settings that were scored. */
export function figurePoints({
  settings,
  samplers,
}: Pick<Comparison, 'settings' | 'samplers'>): readonly FigurePoint[] {
  const unsteered = new Set(samplers.flatMap(({ label, unsteered }) => (unsteered === null ? [] : [label])));
  return settings.flatMap(({ sampler, nfe, arScore, entropy }) => {
    if (nfe === null || arScore === null || entropy === null) return [];
    const { mean, standardError } = arScore;
    const error = standardError ?? 0;
    const steered = !unsteered.has(sampler);
    return [{ sampler, steered, nfe: nfe.total, score: mean, low: mean - error, high: mean + error, entropy }];
  });
}
