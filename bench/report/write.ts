import { readFile, rename, writeFile } from 'node:fs/promises';
import { format, resolveConfig } from 'prettier';
import { readResults } from '../harness/files.js';
import { InputError } from '../../src/graph/input-error.js';
import { gpuTitle, noGpuMarkdown } from './gpu.js';
import { aimsMarkdown, circumstances, findingsMarkdown } from './markdown.js';

export interface ReportPlaces {
  /** Folder of the results. */
  readonly results: string;
  /** Measured by hand or by commands of another day; goes behind what is generated. */
  readonly earlier: string;
  readonly report: string;
}

/** Writes the page of all results, in the order of `names`. Throws an `InputError` where there is none. */
export async function writeReport(
  names: readonly string[],
  { results: folder, earlier, report }: ReportPlaces,
): Promise<void> {
  const all = await readResults(folder);
  const results = names.flatMap((name) => all.get(name) ?? []);
  if (results.length === 0) {
    throw new InputError(`there are no results in ${folder}; measure something first: npm run bench -- forward`);
  }
  const page = [
    '# What was measured',
    'Made by `npm run bench -- report` from `bench/results/*.json`; `npm run bench -- all` measures everything anew. Contestants do the same work in ' +
      'turn, in an order that changes from round to round, after a warm-up that does not count. Figures are medians, of ratios within a round where two are compared; ' +
      'the spread is that of the quartiles.',
    '## Aims',
    aimsMarkdown(results),
    ...results.flatMap((result) => [
      `## ${result.title}`,
      result.method,
      circumstances(result),
      findingsMarkdown(result),
    ]),
    ...(results.some(({ gpu }) => gpu !== undefined) ? [] : [`## ${gpuTitle}`, noGpuMarkdown(new Date())]),
    await readFile(earlier, 'utf8'),
  ].join('\n\n');
  const text = await format(page, { ...(await resolveConfig(report)), filepath: report });
  await writeFile(`${report}.tmp`, text);
  await rename(`${report}.tmp`, report);
}
