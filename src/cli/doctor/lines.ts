import { autoChoices, type Findings, type Machine } from './findings.js';
import { headLine, shownParameters } from './table.js';
import { wrapped } from './wrapped.js';
import type { ModelToTime } from '../../models/auto/timed-models.js';

/** What stands above the table: the machine, and what its columns mean. */
export function openingLines(machine: Machine, models: readonly ModelToTime[], width: number): string[] {
  const { samplewire, node, platform, processor, threads } = machine;
  const packages = Object.entries(machine.packages).map(([name, version]) => `${name} ${version}`);
  const measured = models.map(({ name, parameters, positions, context }) => {
    const forward = `${String(positions)} positions behind ${String(context)} cached tokens`;
    return `${shownParameters(parameters)}: milliseconds a denoise forward of ${name}, ${forward}, with a draw of each token.`;
  });
  return [
    `samplewire ${samplewire}, Node ${node}, ${platform}, ${processor} (${String(threads)} threads)`,
    packages.join(', '),
    '',
    'parity: the largest difference of a logit from the reference implementation.',
    ...measured,
    '',
  ]
    .flatMap((line) => wrapped(line, width))
    .concat(headLine(models));
}

/** What stands below it: what `auto` makes of it. */
export function closingLines(findings: Findings, width: number): string[] {
  const choices = autoChoices(findings).map(({ model, backend, why }) =>
    backend === null
      ? `--backend auto finds nothing for ${model}: no backend verifies on this machine and runs it.`
      : `--backend auto takes ${backend} for ${model}: ${why}.`,
  );
  const { remembered } = findings;
  const kept =
    remembered === null
      ? 'The folder for that cannot be written, so auto looks again each time; SAMPLEWIRE_CACHE names another one.'
      : `Remembered in ${remembered}; other models are looked at when they are first opened with it.`;
  return ['', ...choices, kept].flatMap((line) => wrapped(line, width));
}
