import { lastValueFrom } from 'rxjs';
import type { Model } from '../models/denoiser.js';
import type { RowResult } from '../runtime/events.js';
import type { RunRequest } from '../runtime/request.js';
import { run, type RunnablePipeline } from '../runtime/run.js';
import { assertNoLeaks } from './tiny-model.js';

/** How often to run, beside what else a request may say. */
export interface ObservationOptions extends Partial<
  Omit<RunRequest, 'model' | 'rows' | 'prompts' | 'seed' | 'signal'>
> {
  /** Rows of each run; 2000 when left out. */
  readonly rows?: number;
  /** How many runs, with the seeds 0, 1, ...; 10 when left out. */
  readonly seeds?: number;
  /** What is counted of a row; its generated tokens, joined with blanks, when left out. */
  readonly keyOf?: (row: RowResult) => string;
}

const tokensOf = ({ tokens, promptLength }: RowResult): string => tokens.slice(promptLength).join(' ');

/**
 * How often each row comes out of a pipeline. Rejects with an `Error` where a
 * run fails, or leaves handles behind.
 */
export async function distributionOf(
  pipeline: RunnablePipeline,
  model: Model,
  { rows = 2000, seeds = 10, keyOf = tokensOf, ...request }: ObservationOptions = {},
): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  for (let seed = 0; seed < seeds; seed++) {
    const last = await lastValueFrom(run(pipeline, { ...request, model, rows, seed }));
    if (last.type !== 'finished') throw new Error(last.type === 'failed' ? last.message : `the run was ${last.type}`);
    for (const row of last.rows) counts.set(keyOf(row), (counts.get(keyOf(row)) ?? 0) + 1);
  }
  assertNoLeaks(model);
  return counts;
}
