import type { Aim, Figure, Measure } from './result.js';
import { summarise } from './statistics.js';

export interface FigureName {
  readonly figure: string;
  readonly aim?: Aim;
}

/** The samples of one contestant of a measure; `null` where it took no part. */
export const samplesOf = (measure: Measure, name: string): readonly (number | null)[] | null =>
  measure.series.find((series) => series.name === name)?.samples ?? null;

/**
 * How many times as much `over` takes as `under`: the ratio within each round, so that a machine's drift counts little,
 * then its median and quartiles. Nothing where one of them did not take part.
 */
export function ratioFigure(measure: Measure, over: string, under: string, name: FigureName): Figure[] {
  const a = samplesOf(measure, over);
  const b = samplesOf(measure, under);
  if (a === null || b === null) return [];
  const ratios = a.flatMap((value, round) => {
    const other = b[round];
    return value === null || other === null || other === undefined ? [] : [value / other];
  });
  return ratios.length === 0 ? [] : [spreadFigure(ratios, { ...name, case: measure.case, unit: 'times' })];
}

/** Median and quartiles of values that belong to rounds. */
export function spreadFigure(
  values: readonly number[],
  { figure, aim, case: where, unit }: FigureName & Pick<Figure, 'case' | 'unit'>,
): Figure {
  const { median, lower, upper } = summarise(values);
  return { figure, case: where, unit, value: median, lower, upper, aim: aim ?? null };
}
