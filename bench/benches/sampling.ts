import type { Question } from '../../src/graph/effects.js';
import type { Prediction } from '../../src/graph/values.js';
import type { Denoiser } from '../../src/models/denoiser.js';
import type { Bench, BenchContext } from '../harness/bench.js';
import { randomCheckpoint } from '../harness/checkpoint.js';
import { ratioFigure } from '../harness/figures.js';
import { denoiseCall, noiseFor, openBenchModel, randomTokens, valueOf } from '../harness/model.js';
import type { Figure, Findings, Measure } from '../harness/result.js';
import { inTurn, timed } from '../harness/rounds.js';
import { median } from '../harness/statistics.js';

const positions = 16;
const host = 'host code (wasm backend)';

/** What is asked of predictions that nobody has asked anything before. */
interface Entry {
  readonly name: string;
  /** The second prediction is for questions on two. */
  readonly question: (prediction: Prediction, other: Prediction, vocabularySize: number) => Question;
  readonly shaped?: Parameters<Prediction['shaped']>[0];
}

const uniforms = (): number[] => Array.from({ length: positions }, () => Math.random());

const sample: Entry['question'] = (prediction) => ({ ask: 'sample', prediction, uniforms: uniforms() });

const entries: readonly Entry[] = [
  { name: 'sample', question: sample },
  {
    name: 'posterior',
    question: (prediction) => ({ ask: 'posterior', prediction, alphaT: 0.3, alphaS: 0.5, uniforms: uniforms() }),
  },
  { name: 'argmax', question: (prediction) => ({ ask: 'argmax', prediction }) },
  {
    name: 'negative log-likelihood of tokens',
    question: (prediction, _, vocabularySize) => ({
      ask: 'token-score',
      prediction,
      tokens: randomTokens(vocabularySize, positions),
      measure: 'nll',
    }),
  },
  { name: 'entropy', question: (prediction) => ({ ask: 'uncertainty', prediction, measure: 'entropy' }) },
  { name: 'margin', question: (prediction) => ({ ask: 'uncertainty', prediction, measure: 'margin' }) },
  {
    name: 'divergence of two',
    question: (prediction, other) => ({ ask: 'divergence', prediction, other, measure: 'kld' }),
  },
  { name: 'sample of the nucleus, 0.95', question: sample, shaped: { shape: 'nucleus', mass: 0.95 } },
  { name: 'sample of the top 50', question: sample, shaped: { shape: 'top-k', count: 50 } },
];

/** Milliseconds of one question a row, put together, of predictions fresh from a forward that is not counted. */
async function askOnce(denoiser: Denoiser, { question, shaped }: Entry, rows: number): Promise<number> {
  const empty = denoiser.openCache();
  const noise = noiseFor(denoiser, positions);
  const replies = (await denoiser.forward(Array.from({ length: 2 * rows }, () => denoiseCall(empty, noise)))).map(
    valueOf,
  );
  const raw = replies.map(({ prediction }) => prediction);
  const asked = shaped === undefined ? raw : raw.map((prediction) => prediction.shaped(shaped));
  const questions = asked.slice(0, rows).flatMap((prediction, row) => {
    const other = asked[rows + row];
    return other === undefined ? [] : [question(prediction, other, denoiser.manifest.vocabularySize)];
  });
  const milliseconds = await timed(async () => (await denoiser.answer(questions)).map(valueOf));
  for (const handle of [empty, ...replies.map(({ cache }) => cache), ...raw]) handle.release();
  if (shaped !== undefined) for (const prediction of asked) prediction.release();
  return milliseconds;
}

const severalTimes = async (times: number, measure: () => Promise<number>): Promise<number> => {
  const values: number[] = [];
  for (let i = 0; i < times; i += 1) values.push(await measure());
  return median(values);
};

async function run(context: BenchContext): Promise<Findings> {
  const { backend, threads, signal, tell } = context;
  const { folder } = await randomCheckpoint(context);
  tell(`opening the model on ${backend}`);
  const { denoiser } = await openBenchModel(folder, { backend, threads });
  tell('opening the model on wasm');
  const { denoiser: onHost } = await openBenchModel(folder, { backend: 'wasm', threads });
  const measures: Measure[] = [];
  const figures: Figure[] = [];
  try {
    for (const entry of entries) {
      for (const rows of entry.name === 'sample' ? [1, 8] : [1]) {
        const where = `${entry.name}, ${rows === 1 ? '1 row' : `${rows} rows`}`;
        const series = await inTurn(
          [
            { name: backend, measure: () => severalTimes(3, () => askOnce(denoiser, entry, rows)) },
            { name: host, measure: () => askOnce(onHost, entry, rows) },
          ],
          { rounds: context.rounds(rows === 1 ? 5 : 2), signal, tell: (text) => tell(`${where}: ${text}`) },
        );
        const measure = { case: where, unit: 'ms', series };
        measures.push(measure);
        figures.push(...ratioFigure(measure, host, backend, { figure: 'host code / in the graph' }));
      }
    }
    return { measures, figures, notes: [] };
  } finally {
    denoiser.dispose();
    onHost.dispose();
  }
}

export const sampling: Bench = {
  name: 'sampling',
  title: 'Questions to predictions',
  method: `One question a row of ${positions} positions, V = 50258, of predictions that nobody has asked anything before, from the call to the answer (the way to the worker thread and back included). On onnx the sums over segments that most answers start from are part of the forward, which is not timed here.`,
  run,
};
