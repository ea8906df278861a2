import type { Model } from '../../src/models/denoiser.js';
import type { Bench, BenchContext } from '../harness/bench.js';
import { randomCheckpoint, type RandomCheckpoint } from '../harness/checkpoint.js';
import { spreadFigure } from '../harness/figures.js';
import { openBenchModel, randomTokens } from '../harness/model.js';
import type { Aim, Figure, Findings, Measure } from '../harness/result.js';
import { inTurn, timed } from '../harness/rounds.js';
import { decode, pipelineNamed, requestFor } from '../harness/runs.js';
import { median } from '../harness/statistics.js';
import { Peer } from '../peers/peer.js';
import type { ForwardCase } from '../peers/protocol.js';

const users = 8;
const blockSize = 16;
const longPrompt = 128;

/** One user's run. */
interface Job {
  readonly pipeline: string;
  readonly tokens: number;
  /** Tokens of the prompt; running it through the network is part of what is timed. */
  readonly prompt: number;
}

/** A pipeline whose runs are made at once, and what its forwards are, for the ceiling: each as often as the others. */
interface Entry extends Job {
  readonly rounds: number;
  readonly aim: Aim;
  readonly forwards: readonly Pick<ForwardCase, 'block' | 'answers'>[];
}

const entries = (quick: boolean): readonly Entry[] => [
  {
    pipeline: 'ar',
    tokens: quick ? 8 : 64,
    prompt: 1,
    rounds: 5,
    aim: { least: 3.5 },
    forwards: [{ block: 1, answers: 1 }],
  },
  {
    pipeline: 'ar',
    tokens: quick ? 8 : 64,
    prompt: longPrompt,
    rounds: 5,
    aim: { least: 3.5 },
    forwards: [{ block: 1, answers: 1 }],
  },
  {
    pipeline: 'arpc',
    tokens: quick ? 16 : 48,
    prompt: longPrompt,
    rounds: 3,
    aim: { least: 1.3 },
    forwards: [
      { block: blockSize, answers: blockSize },
      { block: 2 * blockSize, answers: blockSize },
    ],
  },
];

/** Requests behind prompts of their own, so that no two runs have anything in common. */
class Users {
  readonly #model: Model;
  readonly #signal: AbortSignal;
  #seed = 0;

  constructor(model: Model, signal: AbortSignal) {
    this.#model = model;
    this.#signal = signal;
  }

  async run({ pipeline, tokens, prompt: length }: Job): Promise<void> {
    this.#seed += 1;
    const prompt = randomTokens(this.#model.denoiser.manifest.vocabularySize, length);
    await decode(pipelineNamed(pipeline), requestFor(this.#model, { tokens, prompt, seed: this.#seed }), this.#signal);
  }

  async atOnce(jobs: readonly Job[]): Promise<void> {
    await Promise.all(jobs.map((job) => this.run(job)));
  }

  async oneByOne(jobs: readonly Job[]): Promise<void> {
    for (const job of jobs) await this.run(job);
  }
}

/** How many times the tokens per second of one run `users` runs could have, were their forwards only matrix products. */
async function ceilingOf(
  { forwards }: Entry,
  { folder, shape }: RandomCheckpoint,
  cached: number,
  context: BenchContext,
): Promise<number> {
  const what = { subject: 'products', folder, shape, layout: 'in-out', threads: context.threads } as const;
  const peer = await Peer.open(what, context);
  try {
    const total = async (rows: number): Promise<number> => {
      let sum = 0;
      for (const forward of forwards) {
        sum += median(await peer.forward({ rows, cached, attention: true, ...forward }, rows === 1 ? 15 : 5));
      }
      return sum;
    };
    const one = await total(1);
    return (users * one) / (await total(users));
  } finally {
    peer.close();
  }
}

async function run(context: BenchContext): Promise<Findings> {
  const { backend, threads, quick, signal, tell } = context;
  const checkpoint = await randomCheckpoint(context);
  tell(`opening the model on ${backend}`);
  const model = await openBenchModel(checkpoint.folder, { backend, threads });
  const all = new Users(model, signal);
  const measures: Measure[] = [];
  const figures: Figure[] = [];
  /** What is done at once against what is done alone, as a ratio of the time that `times` as much would take alone. */
  const against = async (
    where: string,
    rounds: number,
    { together, alone, times }: { together: () => Promise<void>; alone: () => Promise<void>; times: number },
  ): Promise<readonly number[]> => {
    const series = await inTurn(
      [
        { name: times === 1 ? 'one after the other' : 'one run', measure: () => timed(alone) },
        { name: times === 1 ? 'at once' : `${times} runs at once`, measure: () => timed(together) },
      ],
      { rounds: context.rounds(rounds), uncounted: 0, signal, tell: (text) => tell(`${where}: ${text}`) },
    );
    measures.push({ case: where, unit: 'ms', series });
    const [one, many] = series.map(({ samples }) => samples.flatMap((sample) => sample ?? []));
    return (one ?? []).map((milliseconds, round) => (times * milliseconds) / (many?.[round] ?? NaN));
  };
  try {
    for (const entry of entries(quick)) {
      const { pipeline, tokens, prompt, rounds, aim } = entry;
      const job = { pipeline, tokens, prompt };
      const where = `${pipeline}, ${tokens} tokens behind a prompt of ${prompt}`;
      tell(`${where}: warming up`);
      await all.atOnce(new Array<Job>(users).fill({ ...job, tokens: blockSize }));
      const gains = await against(where, rounds, {
        together: () => all.atOnce(new Array<Job>(users).fill(job)),
        alone: () => all.run(job),
        times: users,
      });
      figures.push(
        spreadFigure(gains, {
          figure: `${users} ${pipeline} runs at once / one, tokens per second`,
          case: where,
          unit: 'times',
          aim,
        }),
      );
      tell(`${where}: the ceiling`);
      const ceiling = await ceilingOf(entry, checkpoint, prompt + Math.floor(tokens / 2), context);
      figures.push(
        spreadFigure([ceiling], {
          figure: `the same of their matrix products alone (ceiling)`,
          case: where,
          unit: 'times',
        }),
      );
    }
    const mix = [
      { pipeline: 'ar', tokens: blockSize * 4, prompt: longPrompt },
      { pipeline: 'ar', tokens: blockSize * 4, prompt: longPrompt },
      { pipeline: 'arpc', tokens: blockSize * 2, prompt: longPrompt },
      { pipeline: 'block-ancestral', tokens: blockSize * 2, prompt: longPrompt },
    ];
    const where = 'a mix: 2 ar (64 tokens), arpc (32), block-ancestral (32)';
    const gains = await against(where, 3, {
      together: () => all.atOnce(mix),
      alone: () => all.oneByOne(mix),
      times: 1,
    });
    figures.push(spreadFigure(gains, { figure: 'one after the other / at once, time', case: where, unit: 'times' }));
    return { measures, figures, notes: [] };
  } finally {
    model.denoiser.dispose();
  }
}

export const batching: Bench = {
  name: 'batching',
  title: 'Continuous batching',
  method:
    `${users} runs that share nothing but the model, each behind a random prompt of its own, which goes through the network first and is timed with the rest, started at once against one run alone; 170M random weights, blocks of ${blockSize}. ` +
    'The ceiling is what the matrix products of those forwards alone would gain (measured beside it, at the middle of the row).',
  run,
};
