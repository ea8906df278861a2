import { readFile } from 'node:fs/promises';
import { InputError } from '../../src/graph/input-error.js';
import { messageOf } from '../../src/graph/message-of.js';
import { arScore } from '../../src/evaluation/ar-score.js';
import type { Cache } from '../../src/graph/values.js';
import type { Denoiser, Model } from '../../src/models/denoiser.js';
import { precisions as allPrecisions } from '../../src/models/backends.js';
import { run as runPipeline } from '../../src/runtime/run.js';
import { lastValueFrom } from 'rxjs';
import { seededRandom } from '../../scripts/seeded-random.js';
import type { Bench, BenchContext } from '../harness/bench.js';
import { openBenchModel, valueOf } from '../harness/model.js';
import type { Figure, Findings } from '../harness/result.js';
import { pipelineNamed } from '../harness/runs.js';
import { meanOf } from '../harness/statistics.js';

const models = ['models/tinyshakespeare-absorb', 'models/tinyshakespeare-uniform'];
const block = 16;
/** Of the model's own text. */
const rows = 32;

/** Rows of token ids, each scored from its first token on. */
type Texts = readonly (readonly number[])[];

/** Text drawn from the model's AR mode at temperature 1. */
async function drawn(model: Model, length: number, context: BenchContext): Promise<Texts> {
  const last = await lastValueFrom(
    runPipeline(pipelineNamed('ar'), {
      model,
      rows: context.quick ? 2 : rows,
      length,
      seed: 1,
      signal: context.signal,
    }),
  );
  context.signal.throwIfAborted();
  if (last.type !== 'finished') throw new Error(last.type === 'failed' ? last.message : 'the run was cancelled');
  return last.rows.map(({ tokens }) => tokens);
}

async function ofFile(path: string, model: Model, length: number): Promise<Texts> {
  const { tokenizer } = model;
  if (tokenizer === null) throw new InputError('the model has no tokenizer, and a text is no token ids');
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new InputError(`cannot read ${path} (${messageOf(error)}); name a text file (--text).`);
  });
  const tokens = tokenizer.encode(text);
  const pieces = Array.from({ length: Math.floor(tokens.length / length) }, (_, i) =>
    tokens.slice(i * length, (i + 1) * length),
  ).slice(0, rows);
  if (pieces.length > 1) return pieces;
  throw new InputError(`${path} has ${tokens.length} tokens; the standard error needs two rows of ${length} at least.`);
}

/** A block in which about half of the tokens are noise, and which those are; the same for every precision. */
interface Noised {
  readonly start: number;
  readonly clean: readonly number[];
  readonly tokens: readonly number[];
  readonly hidden: readonly boolean[];
}

function noised(
  { manifest: { maskId, vocabularySize } }: Denoiser,
  text: readonly number[],
  random: () => number,
): Noised[] {
  const blocks: Noised[] = [];
  for (let start = 0; start + block <= text.length; start += block) {
    const clean = text.slice(start, start + block);
    const hidden = clean.map(() => random() < 0.5);
    const noise = (): number => maskId ?? Math.floor(random() * vocabularySize);
    blocks.push({ start, clean, hidden, tokens: clean.map((token, i) => (hidden[i] === true ? noise() : token)) });
  }
  return blocks;
}

/** -log p(x_0) in nats of each token that noise stands for, block by block behind the clean text. */
async function denoiseLoss(denoiser: Denoiser, text: readonly number[], blocks: readonly Noised[]): Promise<number[]> {
  const losses: number[] = [];
  let cache: Cache = denoiser.openCache();
  for (const { start, clean, tokens, hidden } of blocks) {
    const behind = cache.follow(text.slice(0, start));
    cache.release();
    const [reply] = await denoiser.forward([
      {
        call: 'denoise',
        cache: behind,
        block: { start, size: block, tokens, fixed: tokens.map(() => false) },
        temperature: 1,
      },
    ]);
    behind.release();
    const { prediction, cache: next } = valueOf(reply);
    cache = next;
    const [answer] = await denoiser.answer([{ ask: 'token-score', prediction, tokens: clean, measure: 'nll' }]);
    prediction.release();
    losses.push(...valueOf(answer).filter((_, i) => hidden[i] === true));
  }
  cache.release();
  return losses;
}

interface Losses {
  /** Mean over a row's tokens. */
  readonly ar: readonly number[];
  readonly denoise: readonly number[];
}

const meanIn = (values: readonly number[]): number => meanOf(values).mean;

async function lossesOf(
  model: Model,
  texts: Texts,
  blocks: readonly (readonly Noised[])[],
  { signal, tell }: { readonly signal: AbortSignal; readonly tell: (text: string) => void },
): Promise<Losses> {
  const ar: number[] = [];
  const denoise: number[] = [];
  for (const [row, text] of texts.entries()) {
    signal.throwIfAborted();
    tell(`row ${row + 1} of ${texts.length}`);
    ar.push(meanIn(await arScore(model, text, { seed: row })));
    denoise.push(meanIn(await denoiseLoss(model.denoiser, text, blocks[row] ?? [])));
  }
  return { ar, denoise };
}

/** Mean over the rows of what is lost, with two standard errors to either side. */
function lossFigure(
  fp32: readonly number[],
  other: readonly number[],
  name: Pick<Figure, 'figure' | 'case' | 'aim'>,
): Figure {
  const { mean, standardError } = meanOf(other.map((loss, row) => loss - (fp32[row] ?? NaN)));
  return { ...name, unit: 'nats/token', value: mean, lower: mean - 2 * standardError, upper: mean + 2 * standardError };
}

async function ofModel(folder: string, context: BenchContext): Promise<Findings> {
  const { backend, threads, signal } = context;
  const say = (text: string) => context.tell(`${folder}: ${text}`);
  const open = (precision: string) => openBenchModel(folder, { backend, precision, threads });
  const exact = await open('fp32');
  const notes: string[] = [];
  const figures: Figure[] = [];
  try {
    const { length } = exact.denoiser.manifest;
    say('drawing text');
    const texts = await (context.text === null ? drawn(exact, length, context) : ofFile(context.text, exact, length));
    const random = seededRandom(1);
    const blocks = texts.map((text) => noised(exact.denoiser, text, random));
    const tokens = texts.reduce((sum, text) => sum + text.length, 0);
    const told = { signal, tell: (text: string) => say(`fp32, ${text}`) };
    const fp32 = await lossesOf(exact, texts, blocks, told);
    notes.push(
      `${folder}: ${tokens} tokens in ${texts.length} rows; fp32 itself: ${meanIn(fp32.ar).toFixed(4)} nats a token in the AR mode, ` +
        `${meanIn(fp32.denoise).toFixed(4)} where half of a block is noise.`,
    );
    for (const precision of backend === 'onnx' ? allPrecisions.filter((each) => each !== 'fp32') : []) {
      let model: Model;
      try {
        model = await open(precision);
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        notes.push(`${precision} took no part: ${error.message.split('\n', 1).join('')}`);
        continue;
      }
      try {
        const lost = await lossesOf(model, texts, blocks, { signal, tell: (text) => say(`${precision}, ${text}`) });
        const aim = precision === 'int8' ? { most: 0.01 } : null;
        figures.push(
          lossFigure(fp32.ar, lost.ar, { figure: `lost by ${precision}, AR mode`, case: folder, aim }),
          lossFigure(fp32.denoise, lost.denoise, {
            figure: `lost by ${precision}, denoising a block`,
            case: folder,
            aim,
          }),
        );
      } finally {
        model.denoiser.dispose();
      }
    }
    return { measures: [], figures, notes };
  } finally {
    exact.denoiser.dispose();
  }
}

async function run(context: BenchContext): Promise<Findings> {
  const found: Findings[] = [];
  for (const folder of models) found.push(await ofModel(folder, context));
  return {
    measures: [],
    figures: found.flatMap(({ figures }) => figures),
    notes: [...new Set(found.flatMap(({ notes }) => notes))],
  };
}

export const precision: Bench = {
  name: 'quality-of-precision',
  title: 'What lower precision loses',
  method:
    `Nats a token lost against fp32, with two standard errors (over rows) to either side. The text is the model's own, drawn in fp32 by the \`ar\` pipeline at temperature 1, unless a file is named (\`--text\`): ` +
    'on it the loss in the AR mode estimates KL(fp32 || lower precision) a token. Denoising: blocks of 16 behind the clean text, each token replaced by noise with ' +
    'probability one half, the loss of those tokens; the noise is the same for all precisions.',
  run,
};
