import type { Comparison } from '../comparison.js';
import { printable } from '../../graph/visible.js';
import { counted } from './counted.js';
import { figurePoints } from './figure-points.js';
import { figureSpec } from './figure-spec.js';

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
  // Names may hold what XML has not.
  return `${printable(svg)}\n`;
}

/** In lines that are no wider than the panels. */
function subtitleOf({ model, seeds, prompts, length, complete }: Comparison): readonly string[] {
  const rows = seeds.length * prompts.length;
  const stopped = complete ? '' : '; stopped before the end';
  return [
    model.name,
    `${complete ? '' : 'up to '}${counted(rows, 'row')} of ${counted(length, 'token')} a point, bars: 1 standard error${stopped}`,
  ];
}
