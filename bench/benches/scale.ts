import { readdirSync } from 'node:fs';
import { isSource } from '../../src/runtime/rows.js';
import type { RunnablePipeline } from '../../src/runtime/run.js';
import type { RunRequest } from '../../src/runtime/request.js';
import type { Model } from '../../src/models/denoiser.js';
import type { Bench, BenchContext } from '../harness/bench.js';
import { scaleCheckpoint } from '../harness/checkpoint.js';
import { ratioFigure } from '../harness/figures.js';
import { openBenchModel, randomTokens } from '../harness/model.js';
import type { Figure, Findings, Measure } from '../harness/result.js';
import { inTurn } from '../harness/rounds.js';
import { decode, pipelineNamed } from '../harness/runs.js';

/** Tokens of a row. */
const length = 8;
/** How many runs of one row begin at once where they begin staggered, and the milliseconds until the next ones do. */
const stagger = { runs: 8, milliseconds: 2 };
const growth = { figure: 'twice the rows, processor time', aim: { most: 2.2 } };

const shipped = (): readonly string[] =>
  readdirSync('pipelines')
    .filter((name) => name.endsWith('.json'))
    .map((name) => name.slice(0, -'.json'.length));

const nameOf = (rows: number): string => `${rows} rows`;

/** Ways to have many rows decoded. */
class Rows {
  readonly #pipeline: RunnablePipeline;
  readonly #request: Omit<RunRequest, 'signal'>;
  readonly #signal: AbortSignal;

  constructor(model: Model, name: string, signal: AbortSignal) {
    this.#pipeline = pipelineNamed(name);
    const takesSource = this.#pipeline.graph.inputs.some(isSource);
    const source = takesSource ? { source: randomTokens(model.denoiser.manifest.vocabularySize, length) } : {};
    this.#request = { model, length, ...source };
    this.#signal = signal;
  }

  /** As one run. */
  async together(rows: number): Promise<void> {
    await decode(this.#pipeline, { ...this.#request, rows }, this.#signal);
  }

  /** As runs of one row each that begin a few at a time, so that they stand at different places. */
  async staggered(rows: number): Promise<void> {
    const runs: Promise<number>[] = [];
    for (let seed = 0; seed < rows; seed += 1) {
      runs.push(decode(this.#pipeline, { ...this.#request, seed }, this.#signal));
      if (runs.length % stagger.runs === 0) {
        await new Promise((resolve) => setTimeout(resolve, stagger.milliseconds));
      }
    }
    await Promise.all(runs);
  }
}

/** Milliseconds that all threads of this process compute while something is done: other work on the machine changes little in them. */
async function computed(work: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** What twice the rows took, of one sampler begun in one way. */
async function measureGrowth(
  where: string,
  decodeRows: (rows: number) => Promise<void>,
  counts: readonly number[],
  context: BenchContext,
): Promise<{ readonly measure: Measure; readonly figures: readonly Figure[] }> {
  const [least = 1] = counts;
  context.tell(`${where}: warming up`);
  await decodeRows(least);
  const series = await inTurn(
    counts.map((rows) => ({ name: nameOf(rows), measure: () => computed(() => decodeRows(rows)) })),
    {
      rounds: context.rounds(3),
      uncounted: 0,
      signal: context.signal,
      tell: (text) => context.tell(`${where}: ${text}`),
    },
  );
  const measure: Measure = { case: where, unit: 'ms', series };
  const figures = counts.flatMap((rows) =>
    ratioFigure({ ...measure, case: `${where}, ${nameOf(2 * rows)}` }, nameOf(2 * rows), nameOf(rows), growth),
  );
  return { measure, figures };
}

async function run(context: BenchContext): Promise<Findings> {
  const samplers = context.samplers ?? shipped();
  const counts = context.rows ?? (context.quick ? [16, 32] : [512, 1024, 2048, 4096, 8192]);
  const measures: Measure[] = [];
  const figures: Figure[] = [];
  // Threads of the library that wait for each other would count as well.
  const model = await openBenchModel(await scaleCheckpoint(context), { backend: context.backend, threads: 1 });
  try {
    for (const name of samplers) {
      const rows = new Rows(model, name, context.signal);
      for (const way of ['together', 'staggered'] as const) {
        const found = await measureGrowth(`${name}, ${way}`, (count) => rows[way](count), counts, context);
        measures.push(found.measure);
        figures.push(...found.figures);
      }
    }
  } finally {
    model.denoiser.dispose();
  }
  return { measures, figures, notes: [] };
}

export const scale: Bench = {
  name: 'scale',
  title: 'More rows',
  method:
    `Every sampler of \`pipelines/\` with its defaults on rows of ${length} tokens of a tiny model with random weights (2 layers x 32, V = 64), at numbers of rows that double: together, ` +
    `as one run, and staggered, as runs of one row of which ${stagger.runs} begin every ${stagger.milliseconds} ms. Time is what all threads of the process compute, with one thread for the forwards: it is the same whatever else the machine does. ` +
    'Twice the rows may take 2.2 times as long.',
  run,
};
