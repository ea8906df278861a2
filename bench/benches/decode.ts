import { messageOf } from '../../src/graph/message-of.js';
import type { Bench, BenchContext } from '../harness/bench.js';
import { randomCheckpoint } from '../harness/checkpoint.js';
import { ratioFigure, spreadFigure } from '../harness/figures.js';
import { openBenchModel } from '../harness/model.js';
import type { Figure, Findings, Measure } from '../harness/result.js';
import { inTurn, timed, type Contestant } from '../harness/rounds.js';
import { decode as decodeRow, pipelineNamed, requestFor } from '../harness/runs.js';
import { StallWatch } from '../harness/stall-watch.js';
import { summarise } from '../harness/statistics.js';
import { timedDenoiser } from '../harness/timed-denoiser.js';
import { handLoop } from '../peers/hand-loop.js';
import { Peer } from '../peers/peer.js';

const shape = { blockSize: 16, steps: 16 };
const runtime = 'arpc, runtime';
const loop = 'arpc, hand-written loop';
const ar = 'ar, runtime';
const arpcTorch = 'arpc, PyTorch eager';
const arTorch = 'ar, PyTorch eager';

/** What one decode was made of, milliseconds. */
interface Profile {
  readonly total: number;
  readonly forwards: number;
  /** `null` where they are not told apart, or nobody waits for the event loop. */
  readonly questions: number | null;
  readonly longestStall: number | null;
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
  const keep = (name: string, profile: Profile): void => {
    profiles.set(name, [...(profiles.get(name) ?? []), profile]);
  };
  const contestant = (name: string, work: () => Promise<unknown>): Contestant => ({
    name,
    measure: async (): Promise<number> => {
      take();
      const watch = new StallWatch();
      const total = await timed(work);
      const longestStall = watch.stop();
      keep(name, { total, ...take(), longestStall });
      return total;
    },
  });
  const notes: string[] = [];
  const peer = await torchPeer(folder, context, notes);
  const torch = (name: string, size: { readonly block: number; readonly steps: number }): Contestant[] =>
    peer === null
      ? []
      : [
          {
            name,
            rounds: 2,
            measure: async () => {
              const { milliseconds, forwards } = await peer.decode({ tokens, ...size });
              keep(name, { total: milliseconds, forwards, questions: null, longestStall: null });
              return milliseconds;
            },
          },
        ];
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
        contestant(ar, decoded('ar')),
        contestant('block-ancestral, runtime', decoded('block-ancestral')),
        ...torch(arpcTorch, { block: shape.blockSize, steps: shape.steps }),
        ...torch(arTorch, { block: 1, steps: 1 }),
      ],
      { rounds: context.rounds(3), uncounted: 0, signal, tell: context.tell },
    );
    const measure: Measure = { case: `${tokens} tokens, 1 row`, unit: 'ms', series };
    const figures = [...profiles].flatMap(([name, own]) => figuresOf(name, own, measure.case, tokens));
    const ratios = [
      ...ratioFigure(measure, runtime, loop, { figure: 'arpc, runtime / hand-written loop' }),
      ...ratioFigure(measure, arpcTorch, runtime, { figure: 'arpc, PyTorch eager / runtime' }),
      ...ratioFigure(measure, arTorch, ar, { figure: 'ar, PyTorch eager / runtime' }),
    ];
    return { measures: [measure], figures: [...figures, ...ratios], notes };
  } finally {
    peer?.close();
    opened.denoiser.dispose();
  }
}

async function torchPeer(folder: string, context: BenchContext, notes: string[]): Promise<Peer | null> {
  try {
    const peer = await Peer.open({ subject: 'torch', folder, threads: context.threads }, context);
    context.versions(peer.opened.versions);
    await peer.decode({ tokens: shape.blockSize, block: shape.blockSize, steps: 2 });
    return peer;
  } catch (error) {
    context.signal.throwIfAborted();
    notes.push(`PyTorch took no part: ${messageOf(error).split('\n', 1).join('')}`);
    return null;
  }
}

function figuresOf(name: string, profiles: readonly Profile[], where: string, tokens: number): Figure[] {
  const own = name === runtime;
  const questions = profiles.flatMap((profile) =>
    profile.questions === null ? [] : [(100 * profile.questions) / profile.total],
  );
  const stalls = profiles.flatMap(({ longestStall }) => longestStall ?? []);
  const spread = summarise(stalls);
  return [
    spreadFigure(
      profiles.map(({ total }) => (1000 * tokens) / total),
      { figure: name, case: where, unit: 'tokens/s' },
    ),
    spreadFigure(
      profiles.map(({ total, forwards }) => (100 * (total - forwards)) / total),
      { figure: `${name}: time outside forwards`, case: where, unit: '%', ...(own ? { aim: { most: 8 } } : {}) },
    ),
    ...(questions.length === 0
      ? []
      : [spreadFigure(questions, { figure: `${name}: of it, questions to predictions`, case: where, unit: '%' })]),
    ...(stalls.length === 0
      ? []
      : [
          {
            figure: `${name}: longest stall of the event loop`,
            case: where,
            unit: 'ms' as const,
            value: spread.most,
            lower: spread.least,
            upper: spread.most,
            aim: own ? { most: 10 } : null,
          },
        ]),
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
