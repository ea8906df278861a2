import type { Bench, BenchContext } from '../harness/bench.js';
import { randomCheckpoint } from '../harness/checkpoint.js';
import { ratioFigure, spreadFigure } from '../harness/figures.js';
import { openBenchModel } from '../harness/model.js';
import type { Figure, Findings, Measure } from '../harness/result.js';
import { inTurn, timed } from '../harness/rounds.js';
import { decode as decodeRow, pipelineNamed, requestFor } from '../harness/runs.js';
import { StallWatch } from '../harness/stall-watch.js';
import { summarise } from '../harness/statistics.js';
import { timedDenoiser } from '../harness/timed-denoiser.js';
import { handLoop } from '../peers/hand-loop.js';

const shape = { blockSize: 16, steps: 16 };
const runtime = 'arpc, runtime';
const loop = 'arpc, hand-written loop';

/** What one decode was made of, milliseconds. */
interface Profile {
  readonly total: number;
  readonly forwards: number;
  readonly questions: number;
  readonly longestStall: number;
}

async function run(context: BenchContext): Promise<Findings> {
  const { threads, backend, quick, signal } = context;
  const { folder } = await randomCheckpoint(context);
  context.tell(`opening the model on ${backend}`);
  const opened = await openBenchModel(folder, { backend, threads });
  const { denoiser, take } = timedDenoiser(opened.denoiser);
  const model = { ...opened, denoiser };
  const tokens = quick ? 32 : 256;
  const profiles = new Map<string, Profile[]>();
  const contestant = (name: string, work: () => Promise<unknown>) => ({
    name,
    measure: async (): Promise<number> => {
      take();
      const watch = new StallWatch();
      const total = await timed(work);
      const longestStall = watch.stop();
      const own = profiles.get(name) ?? [];
      profiles.set(name, [...own, { total, ...take(), longestStall }]);
      return total;
    },
  });
  const decoded = (name: string, count = tokens) => {
    const pipeline = pipelineNamed(name);
    return () => decodeRow(pipeline, requestFor(model, { tokens: count }), signal);
  };
  try {
    context.tell('warming up');
    for (const name of ['arpc', 'ar', 'block-ancestral']) await decoded(name, 16)();
    const series = await inTurn(
      [
        contestant(runtime, decoded('arpc')),
        contestant(loop, () => handLoop(denoiser, { rows: 1, length: tokens, ...shape })),
        contestant('ar, runtime', decoded('ar')),
        contestant('block-ancestral, runtime', decoded('block-ancestral')),
      ],
      { rounds: context.rounds(3), uncounted: 0, signal, tell: context.tell },
    );
    const measure: Measure = { case: `${tokens} tokens, 1 row`, unit: 'ms', series };
    const figures = [...profiles].flatMap(([name, own]) => figuresOf(name, own, measure.case, tokens));
    const ratio = ratioFigure(measure, runtime, loop, { figure: 'arpc, runtime / hand-written loop' });
    return { measures: [measure], figures: [...figures, ...ratio], notes: [] };
  } finally {
    opened.denoiser.dispose();
  }
}

function figuresOf(name: string, profiles: readonly Profile[], where: string, tokens: number): Figure[] {
  const share = (milliseconds: (profile: Profile) => number): number[] =>
    profiles.map((profile) => (100 * milliseconds(profile)) / profile.total);
  const own = name === runtime;
  const stalls = summarise(profiles.map(({ longestStall }) => longestStall));
  return [
    spreadFigure(
      profiles.map(({ total }) => (1000 * tokens) / total),
      { figure: name, case: where, unit: 'tokens/s' },
    ),
    spreadFigure(
      share(({ total, forwards }) => total - forwards),
      { figure: `${name}: time outside forwards`, case: where, unit: '%', ...(own ? { aim: { most: 8 } } : {}) },
    ),
    spreadFigure(
      share(({ questions }) => questions),
      { figure: `${name}: of it, questions to predictions`, case: where, unit: '%' },
    ),
    {
      figure: `${name}: longest stall of the event loop`,
      case: where,
      unit: 'ms',
      value: stalls.most,
      lower: stalls.least,
      upper: stalls.most,
      aim: own ? { most: 10 } : null,
    },
  ];
}

export const decode: Bench = {
  name: 'decode',
  title: 'Decoding',
  method:
    'One row, 170M random weights, the pipelines with their defaults (blocks of 16, 16 steps a block; arpc: 31 forwards a block). Time outside forwards is ' +
    'what is left of a run without the time from each call of the denoiser to its replies; the questions (sampling, scores) are part of it. The longest stall ' +
    'is the longest that a timer of 1 ms came late in any of the runs; its spread is from the best run to the worst.',
  run,
};
