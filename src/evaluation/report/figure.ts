import type { Comparison } from '../comparison.js';
import { figureSpec } from './figure-spec.js';

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

/**
 * AR score against NFE as an SVG document, with the entropy below it on the same axis: a line for each sampler that a
 * budget steers, a hollow mark for each other one. `null` where nothing was scored. Equal comparisons give equal bytes
 * (times are not in it).
 */
export async function comparisonFigure(comparison: Comparison): Promise<string | null> {
  const points = figurePoints(comparison);
  if (points.length === 0) return null;
  // Loaded when needed: it is large, and most uses of the library draw nothing.
  const { parse, View } = await import('vega');
  const { judge, model } = comparison;
  const scoredBy = judge.name === model.name ? '' : ` of ${judge.name}`;
  const spec = figureSpec(points, {
    subtitle: subtitleOf(comparison),
    scoreTitle: `AR score${scoredBy} (nats per token)`,
  });
  const view = new View(parse(spec), { renderer: 'none' });
  const svg = await view.toSVG();
  view.finalize();
  return `${svg}\n`;
}

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

function subtitleOf({ model, seeds, prompts, length, complete }: Comparison): string {
  const rows = seeds.length * prompts.length;
  const counted = `${rows} ${rows === 1 ? 'row' : 'rows'} of ${length} tokens for each point`;
  return `${model.name}, ${counted}; bars: one standard error${complete ? '' : ' (stopped before the end)'}`;
}
