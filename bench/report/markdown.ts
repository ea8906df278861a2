import { isMet, type Aim, type Figure, type Findings, type Measure, type Result } from '../harness/result.js';
import { summarise } from '../harness/statistics.js';
import { gpuMarkdown } from './gpu.js';
import { numberOf, table } from './table.js';

const withUnit = (value: number, unit: Figure['unit']): string =>
  unit === 'times' ? numberOf(value) : unit === '%' ? `${numberOf(value)}%` : `${numberOf(value)} ${unit}`;

const aimText = (aim: Aim, unit: Figure['unit']): string =>
  'least' in aim ? `at least ${withUnit(aim.least, unit)}` : `at most ${withUnit(aim.most, unit)}`;

const isNumber = (value: number | null): value is number => value !== null;

const measureRows = ({ case: where, unit, series }: Measure): string[][] =>
  series.map(({ name, samples }) => {
    const { median, lower, upper, least, most, count } = summarise(samples.filter(isNumber));
    return [
      where,
      name,
      `${numberOf(median)} ${unit}`,
      `${numberOf(lower)} to ${numberOf(upper)}`,
      `${numberOf(least)} to ${numberOf(most)}`,
      String(count),
    ];
  });

const verdict = (figure: Figure): string => {
  const met = isMet(figure);
  return met === null ? '' : met ? 'met' : '**missed**';
};

const figureRow = (figure: Figure): string[] => [
  figure.figure,
  figure.case,
  withUnit(figure.value, figure.unit),
  `${numberOf(figure.lower)} to ${numberOf(figure.upper)}`,
  figure.aim === null ? '' : aimText(figure.aim, figure.unit),
  verdict(figure),
];

/** What one benchmark found, as Markdown. */
export function findingsMarkdown({ measures, figures, notes, gpu }: Findings): string {
  const parts = [
    ...(gpu === undefined ? [] : [gpuMarkdown(gpu)]),
    ...(figures.length === 0 ? [] : [table(['figure', 'at', 'measured', 'spread', 'aim', ''], figures.map(figureRow))]),
    ...(measures.length === 0
      ? []
      : [table(['at', 'contestant', 'median', 'quartiles', 'least to most', 'rounds'], measures.flatMap(measureRows))]),
    ...(notes.length === 0 ? [] : [notes.map((note) => `- ${note}`).join('\n')]),
  ];
  return parts.join('\n\n');
}

/** Every figure that something was asked of, aim beside it. */
export const aimsMarkdown = (results: readonly Result[]): string =>
  table(
    ['figure', 'at', 'aim', 'measured', 'spread', ''],
    results.flatMap(({ figures }) =>
      figures.flatMap((figure) => {
        if (figure.aim === null) return [];
        const [name = '', where = '', value = '', spread = '', aim = '', met = ''] = figureRow(figure);
        return [[name, where, aim, value, spread, met]];
      }),
    ),
  );

/** Where and when it was measured. */
export function circumstances({ date, commit, machine, versions, threads, command }: Result): string {
  const { processor, cores, memoryGB, system, node } = machine;
  const libraries = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return (
    `\`${command}\`, ${date.slice(0, 10)}, commit ${commit ?? 'unknown'}: ${processor}, ${cores} cores, ${memoryGB} GB, ${system}, ` +
    `${[`Node ${node}`, ...libraries].join(', ')}; ${threads} ${threads === 1 ? 'thread' : 'threads'}.`
  );
}
