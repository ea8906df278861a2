import { lastValueFrom } from 'rxjs';
import type { Model } from '../../src/models/denoiser.js';
import { standardNodes } from '../../src/nodes/standard.js';
import { readPipeline } from '../../src/runtime/pipeline-file.js';
import { run, type RunnablePipeline } from '../../src/runtime/run.js';
import type { RunRequest } from '../../src/runtime/request.js';

/** A pipeline of `pipelines/`. */
export const pipelineNamed = (name: string): RunnablePipeline => readPipeline(`pipelines/${name}.json`, standardNodes);

/** Runs to the end and gives how many tokens came out; a run that fails or is stopped rejects. */
export async function decode(
  pipeline: RunnablePipeline,
  request: Omit<RunRequest, 'signal'>,
  signal: AbortSignal,
): Promise<number> {
  const last = await lastValueFrom(run(pipeline, { ...request, signal }));
  if (last.type === 'finished') return last.statistics.tokens;
  signal.throwIfAborted();
  throw new Error(last.type === 'failed' ? last.message : `a run ended with ${last.type}`);
}

/** A request for `tokens` tokens of one row behind a prompt. */
export const requestFor = (
  model: Model,
  {
    tokens,
    prompt = [],
    seed = 0,
  }: { readonly tokens: number; readonly prompt?: readonly number[]; readonly seed?: number },
): Omit<RunRequest, 'signal'> => ({ model, prompt, length: prompt.length + tokens, seed });
