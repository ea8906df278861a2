import { autoChoices, type Findings, type Machine } from './findings.js';
import { headLine, shownParameters } from './table.js';
import { wrapped } from './wrapped.js';
import type { ModelToTime } from '../../models/auto/timed-models.js';

/** Columns of a term of the legend. */
const indent = 8;

/** What stands above the table: the machine, and what its columns mean. */
export function openingLines(machine: Machine, models: readonly ModelToTime[], width: number): string[] {
  const { samplewire, node, platform, processor, threads } = machine;
  const packages = Object.entries(machine.packages).map(([name, version]) => `${name} ${version}`);
  const legend = [
    ['parity', 'largest difference of a logit from the reference implementation'],
    ...models.map(({ name, parameters, positions, context }) => [
      shownParameters(parameters),
      `milliseconds of a forward of ${name} (${String(positions)} positions behind ${String(context)} cached tokens) and a draw of its tokens`,
    ]),
  ];
  return [
    ...wrapped(`samplewire ${samplewire}, Node ${node}, ${platform}, ${processor} (${String(threads)} threads)`, width),
    ...wrapped(packages.join(', '), width),
    '',
    ...legend.flatMap(([term = '', meaning = '']) =>
      wrapped(meaning, width - indent).map((line, i) => (i === 0 ? term : '').padEnd(indent) + line),
    ),
    '',
    headLine(models),
  ];
}

/** What stands below it: what `auto` makes of it. */
export function closingLines(findings: Findings, width: number): string[] {
  const choices = autoChoices(findings).map(({ model, backend, why }) =>
    backend === null
      ? `--backend auto finds nothing for ${model}: ${why}.`
      : `--backend auto takes ${backend} for ${model}: ${why}.`,
  );
  const { remembered } = findings;
  const kept =
    remembered === null
      ? 'The folder for that cannot be written, so auto looks again each time; SAMPLEWIRE_CACHE names another one.'
      : `Remembered in ${remembered}; other models are looked at when they are first opened with it.`;
  return ['', ...choices, kept].flatMap((line) => wrapped(line, width));
}
