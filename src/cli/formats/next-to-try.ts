import type { CheckedGraph } from '../../graph/checked-graph.js';
import { shippedPipelines } from '../shipped.js';

/** A line with what a person may do next: change the file, set a parameter, take another pipeline. */
export function nextToTry({ name, params }: CheckedGraph, path: string): string {
  const other = shippedPipelines().find((each) => each !== name && each !== 'ar' && !each.startsWith('ar-')) ?? 'ar';
  const choice = Object.entries(params).flatMap(([param, spec]) => {
    if (spec.type !== 'choice') return [];
    const value = spec.choices.findLast((each) => each !== spec.default);
    return value === undefined ? [] : [`--set ${param}=${value}`];
  });
  const setting = choice.at(-1) ?? '--seed 1';
  return `Next: edit ${path}, or try ${setting}, or --model tinyshakespeare-uniform, or run ${other}`;
}
