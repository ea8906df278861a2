import { cpus } from 'node:os';
import type { Comparison } from '../../evaluation/comparison.js';
import { comparisonFigure } from '../../evaluation/report/figure.js';
import { comparisonMarkdown } from '../../evaluation/report/markdown.js';
import { resultKind, resultNames } from './out-folder.js';

/** What the command line knows of a comparison beside the comparison. */
export interface Circumstances {
  /** For each sampler's label, the file of its document. */
  readonly files: Readonly<Record<string, string>>;
  readonly backend: string;
  readonly version: string;
  readonly texts: number;
}

/** The files of a comparison: all figures, a text a line, the plot (where there are AR scores), and a page that shows all of it. */
export async function resultFiles(
  comparison: Comparison,
  { files, backend, version, texts }: Circumstances,
): Promise<ReadonlyMap<string, string>> {
  const { samples, samplers, settings, ...rest } = comparison;
  const figure = await comparisonFigure(comparison);
  const machine = { node: process.version, cpu: cpus()[0]?.model.trim() ?? 'unknown', backend };
  const results = {
    kind: resultKind,
    format: 1,
    samplewire: version,
    created: new Date().toISOString(),
    machine,
    ...rest,
    samplers: samplers.map((sampler) => ({ ...sampler, file: files[sampler.label] ?? null })),
    settings,
    samples: samples.map((sample) => ({ ...sample, tokens: sample.tokens.length, text: undefined })),
  };
  const lines = samples.map(({ setting, seed, prompt, promptLength, text, tokens, nfe, arScore, entropy }) => {
    const { sampler = '', budget = null } = settings[setting] ?? {};
    return JSON.stringify({ sampler, budget, seed, prompt, text, tokens, promptLength, nfe, arScore, entropy });
  });
  const details = [`Measured ${results.created} on ${machine.cpu}, Node ${machine.node}, backend ${backend}`];
  return new Map([
    [resultNames.texts, lines.map((line) => `${line}\n`).join('')],
    ...(figure === null ? [] : [[resultNames.figure, figure] as const]),
    [
      resultNames.report,
      comparisonMarkdown(comparison, { texts, figure: figure === null ? null : resultNames.figure, details }),
    ],
    [resultNames.results, `${JSON.stringify(results, null, 2)}\n`],
  ]);
}
