import type { Cache } from '../../src/graph/values.js';
import type { Denoiser } from '../../src/models/denoiser.js';
import type { Bench, BenchContext } from '../harness/bench.js';
import { randomCheckpoint } from '../harness/checkpoint.js';
import { ratioFigure, samplesOf, spreadFigure } from '../harness/figures.js';
import {
  denoiseCall,
  filledCache,
  forwardOnce,
  noiseFor,
  openBenchModel,
  randomTokens,
  rowsBehind,
} from '../harness/model.js';
import type { Findings, Measure } from '../harness/result.js';
import { inTurn, timed } from '../harness/rounds.js';
import { median } from '../harness/statistics.js';
import { Peer } from '../peers/peer.js';

const block = 16;
/** Forwards of a block: block-ancestral with its defaults. */
const steps = 16;
const withCache = 'with the cache';
const without = 'without';

/** One block behind a full cache and one at the beginning of a row, and what their matrix products alone take. */
async function blockAtEnd(denoiser: Denoiser, folder: string, context: BenchContext): Promise<Measure> {
  const { threads, quick, signal, tell } = context;
  const far = quick ? 256 : 1008;
  const { shape } = await randomCheckpoint(context);
  const products = await Peer.open({ subject: 'products', folder, shape, layout: 'in-out', threads }, context);
  const near = await rowsBehind(denoiser, { rows: 1, cached: 0, block });
  const end = await rowsBehind(denoiser, { rows: 1, cached: far, block });
  const several = (forward: () => Promise<void>) => async (): Promise<number> => {
    await forward();
    const times: number[] = [];
    for (let i = 0; i < 5; i += 1) times.push(await timed(forward));
    return median(times);
  };
  const alone = (cached: number) => async (): Promise<number> =>
    median(await products.forward({ rows: 1, cached, block, answers: block, attention: true }, 5));
  try {
    const series = await inTurn(
      [
        { name: `${far} cached`, measure: several(end.forward) },
        { name: '0 cached', measure: several(near.forward) },
        { name: `${far} cached, matrix products alone`, measure: alone(far) },
        { name: '0 cached, matrix products alone', measure: alone(0) },
      ],
      { rounds: context.rounds(9), signal, tell: (text) => tell(`one block: ${text}`) },
    );
    return { case: `one block, ${far} against 0 cached`, unit: 'ms', series };
  } finally {
    near.release();
    end.release();
    products.close();
  }
}

/** Milliseconds of a forward of a block behind `text`, the mean over the block's forwards; `before` lacks its last block. */
async function stepWithCache(denoiser: Denoiser, text: readonly number[], before: Cache): Promise<number> {
  const noise = noiseFor(denoiser, block);
  const first = before.follow(text);
  // The block before it waits in the cache, and goes along with the first of them.
  const { milliseconds: joined, caches } = await forwardOnce(denoiser, [denoiseCall(first, noise)]);
  const [cache] = caches;
  if (cache === undefined) throw new Error('the model gave no cache');
  const times: number[] = [];
  for (let i = 0; i < 3; i += 1) {
    const { milliseconds, caches: again } = await forwardOnce(denoiser, [denoiseCall(cache, noise)]);
    times.push(milliseconds);
    for (const each of again) each.release();
  }
  for (const each of [first, cache]) each.release();
  return (joined + (steps - 1) * median(times)) / steps;
}

/** The same with nothing remembered: the whole text goes along with each forward. */
async function stepWithout(denoiser: Denoiser, text: readonly number[]): Promise<number> {
  const empty: Cache = denoiser.openCache();
  const whole = empty.follow(text);
  const { milliseconds, caches } = await forwardOnce(denoiser, [denoiseCall(whole, noiseFor(denoiser, block))]);
  for (const each of [empty, whole, ...caches]) each.release();
  return milliseconds;
}

/** Seconds for all blocks of a row, from forwards at some lengths, by the trapezoidal rule. */
function wholeRow(lengths: readonly number[], milliseconds: readonly number[]): number {
  let sum = 0;
  for (let i = 1; i < lengths.length; i += 1) {
    const blocks = ((lengths[i] ?? 0) - (lengths[i - 1] ?? 0)) / block;
    sum += (blocks * ((milliseconds[i] ?? 0) + (milliseconds[i - 1] ?? 0))) / 2;
  }
  const [first = 0] = milliseconds;
  const last = milliseconds.at(-1) ?? 0;
  // The sum over the blocks at both ends and between; the row's very first block is as the one behind it.
  return (steps * (sum + (first + last) / 2 + first)) / 1000;
}

async function run(context: BenchContext): Promise<Findings> {
  const { backend, threads, quick, signal, tell } = context;
  const { folder } = await randomCheckpoint(context);
  tell(`opening the model on ${backend}`);
  const { denoiser } = await openBenchModel(folder, { backend, threads });
  try {
    const single = await blockAtEnd(denoiser, folder, context);
    const lengths = quick ? [16, 128, 240] : [16, 128, 256, 384, 512, 640, 768, 896, 1008];
    const total = (lengths.at(-1) ?? 0) + block;
    const perLength: { length: number; measure: Measure }[] = [];
    for (const length of lengths) {
      const text = randomTokens(denoiser.manifest.vocabularySize, length);
      const before = await filledCache(denoiser, text.slice(0, -block));
      const series = await inTurn(
        [
          { name: withCache, measure: () => stepWithCache(denoiser, text, before) },
          { name: without, measure: () => stepWithout(denoiser, text) },
        ],
        { rounds: context.rounds(3), signal, tell: (says) => tell(`${length} tokens: ${says}`) },
      );
      before.release();
      perLength.push({ length, measure: { case: `a forward behind ${length} tokens`, unit: 'ms', series } });
    }
    const rounds = context.rounds(3);
    const rowsOf = (name: string): number[] =>
      Array.from({ length: rounds }, (_, round) =>
        wholeRow(
          lengths,
          perLength.map(({ measure }) => samplesOf(measure, name)?.[round] ?? NaN),
        ),
      );
    const row: Measure = {
      case: `${total} tokens, ${steps} forwards a block`,
      unit: 's',
      series: [withCache, without].map((name) => ({ name, samples: rowsOf(name) })),
    };
    const [end = '', near = '', endAlone = '', nearAlone = ''] = single.series.map(({ name }) => name);
    return {
      measures: [single, ...perLength.map(({ measure }) => measure), row],
      figures: [
        ...ratioFigure(single, end, near, { figure: 'one block with the cache full / empty', aim: { most: 1.45 } }),
        ...ratioFigure(single, endAlone, nearAlone, { figure: 'the same of its matrix products alone' }),
        ...ratioFigure(row, without, withCache, {
          figure: 'without the cache / with it',
          aim: { least: 10 },
        }),
        spreadFigure(
          rowsOf(withCache).map((seconds) => total / seconds),
          { figure: 'with the cache', case: row.case, unit: 'tokens/s' },
        ),
      ],
      notes: [],
    };
  } finally {
    denoiser.dispose();
  }
}

export const cache: Bench = {
  name: 'cache',
  title: 'The KV cache',
  method:
    `Denoise forwards of a block of ${block}, one row, 170M random weights. Without the cache, each forward gets a fresh one, so that the whole text goes along. A whole row is ` +
    `made up from forwards behind texts of several lengths (trapezoidal rule), ${steps} forwards a block, of which with the cache the first takes the block before along.`,
  run,
};
