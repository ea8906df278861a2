import { lastValueFrom, takeWhile } from 'rxjs';
import type { ModelManifest } from '../graph/manifest.js';
import type { ParamValue } from '../graph/params.js';
import type { RunEvent } from '../runtime/events.js';
import { run, type RunnablePipeline } from '../runtime/run.js';
import { TableDenoiser } from '../testing/table-denoiser.js';

/** How the model of a dry run behaves; samplers that act on what a model predicts tell them apart. */
export const behaviours = ['doubtful', 'agreeing', 'disagreeing'] as const;
export type Behaviour = (typeof behaviours)[number];

/** What to count the forwards of. */
export interface DryRun {
  /** Of the model that the forwards are meant for. */
  readonly manifest: ModelManifest;
  readonly params: Readonly<Record<string, ParamValue>>;
  /** Tokens in the prompt of each row. */
  readonly promptLengths: readonly number[];
  /** Tokens of a finished row. */
  readonly length: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * NFE a row, the largest over the rows, found by running the pipeline on a model that costs next to nothing. It is what
 * a row costs that no end-of-sequence token ends early. A run that gets above `limit` is given up: the count is then
 * Infinity, as it is when the signal aborts it. Throws an `Error` when the run fails.
 */
export async function countForwards(
  pipeline: RunnablePipeline,
  { manifest, params, promptLengths, length, signal }: DryRun,
  behaviour: Behaviour,
  limit = Infinity,
): Promise<number> {
  const model = { denoiser: countingDenoiser(manifest, behaviour), tokenizer: null };
  const prompts = promptLengths.map((count) => new Array<number>(count).fill(0));
  const counts = promptLengths.map(() => 0);
  const isWithin = (event: RunEvent): boolean => {
    if (event.type !== 'forward') return true;
    return event.rows.every((row) => (counts[row] = (counts[row] ?? 0) + 1) <= limit);
  };
  const events = run(pipeline, { model, params, prompts, length, ...(signal === undefined ? {} : { signal }) });
  const last = await lastValueFrom(events.pipe(takeWhile(isWithin, true)));
  if (last.type === 'failed') throw new Error(last.message);
  return last.type === 'finished' ? last.rows.reduce((most, { nfe }) => Math.max(most, nfe.total), 0) : Infinity;
}

const words = 4;
const flat = new Array<number>(words).fill(1 / words);
const sureOf = (token: number): readonly number[] => flat.map((_, v) => (v === token ? 0.97 : 0.03 / (words - 1)));

const first = sureOf(0);
const second = sureOf(1);
const predictions: Readonly<
  Record<Behaviour, { readonly diffusion: readonly number[]; readonly ar: readonly number[] }>
> = {
  /** Every token is as likely as any other. */
  doubtful: { diffusion: flat, ar: flat },
  /** The AR mode predicts with confidence what diffusion does. */
  agreeing: { diffusion: first, ar: first },
  /** Both are confident, of different tokens. */
  disagreeing: { diffusion: first, ar: second },
};

/** A model of a few words in place of one with this manifest. No token ends a row. */
function countingDenoiser(manifest: ModelManifest, behaviour: Behaviour): TableDenoiser {
  const masked = manifest.maskId !== null;
  const { diffusion, ar } = predictions[behaviour];
  const row = (probabilities: readonly number[]): readonly number[] => (masked ? [...probabilities, 0] : probabilities);
  return new TableDenoiser(
    {
      ...manifest,
      vocabularySize: masked ? words + 1 : words,
      maskId: masked ? words : null,
      bosId: null,
      eosId: null,
    },
    (_, noisy) => noisy.map(() => row(diffusion)),
    () => row(ar),
  );
}
