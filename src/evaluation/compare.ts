import { lastValueFrom, skipWhile, take, tap } from 'rxjs';
import { InputError } from '../graph/input-error.js';
import { messageOf } from '../graph/message-of.js';
import type { Model } from '../models/denoiser.js';
import type { RunEvent } from '../runtime/events.js';
import { run } from '../runtime/run.js';
import { arScore, leastPrompt, noArMode } from './ar-score.js';
import type { ComparedSampler, Comparison, FailedSample, ModelFacts, Sample } from './comparison.js';
import { planComparison, type ComparePlan, type PlannedSetting, type Planning } from './plan.js';
import { checkComparison, type CheckedComparison, type CompareRequest } from './request.js';
import { distinctPairs, sum, unigramEntropy } from './statistics.js';
import { summarize } from './summary.js';

/** What a comparison tells while it goes on. */
export type CompareEvent =
  | Planning
  | { readonly type: 'planned'; readonly plan: ComparePlan; readonly total: number }
  /** A row was written and scored: `done` of `total`. */
  | { readonly type: 'sample'; readonly sample: Sample; readonly done: number; readonly total: number }
  | { readonly type: 'failed'; readonly failure: FailedSample; readonly done: number; readonly total: number }
  /** The last event, also when the signal stopped it halfway (`complete` is then false). */
  | { readonly type: 'finished'; readonly comparison: Comparison };

/** Forwards of a setting that are run before anything is timed. */
const warmUpForwards = 4;

/**
 * Runs samplers on the same prompts and seeds, each row alone, and measures what they write: NFE, time, AR score,
 * entropy. For each NFE budget a sampler runs with the largest value of its `budgetParam` whose NFE a row is not above it;
 * one without such a parameter, or whose NFE the model's predictions decide, runs once as it is. Settings take turns at
 * each seed, so that a machine that slows down slows all of them. A row's tokens are those that `run` gives for its prompt and seed.
 *
 * Nothing happens until the events are read. Throws one `InputError` with everything that is wrong with the request. A
 * run that fails is an event, and the others go on. Aborting the signal ends with `finished` and what is there.
 */
export async function* compare(
  samplers: readonly ComparedSampler[],
  request: CompareRequest,
): AsyncGenerator<CompareEvent, void, undefined> {
  const checked = checkComparison(samplers, request);
  const plan = yield* planComparison(checked);
  if (plan.settings.length === 0 && !checked.signal.aborted) throw new InputError(plan.notes.join('\n'));
  const total = checked.seeds.length * checked.prompts.length * plan.settings.length;
  yield { type: 'planned', plan, total };
  const notes = new Set(plan.notes);
  for (const setting of plan.settings) {
    for (const warning of await warmUp(setting, checked)) notes.add(`${setting.sampler}: ${warning}`);
  }
  const samples: Sample[] = [];
  const failures: FailedSample[] = [];
  for (const place of turns(checked, plan.settings.length)) {
    const taken = await takeSample(plan, place, checked);
    if (taken === null) break;
    const done = samples.length + failures.length + 1;
    if ('message' in taken) {
      failures.push(taken);
      yield { type: 'failed', failure: taken, done, total };
    } else {
      samples.push(taken);
      yield { type: 'sample', sample: taken, done, total };
    }
  }
  const complete = total > 0 && samples.length + failures.length === total;
  yield {
    type: 'finished',
    comparison: comparisonOf(checked, { ...plan, notes: [...notes] }, samples, failures, complete),
  };
}

interface Place {
  readonly setting: number;
  readonly seed: number;
  readonly prompt: number;
}

/** Seed by seed, prompt by prompt, every setting once; each round begins with another one. */
function* turns({ seeds, prompts }: CheckedComparison, settings: number): Generator<Place> {
  for (const [round, seed] of seeds.entries()) {
    for (const prompt of prompts.keys()) {
      for (let i = 0; i < settings; i++) yield { setting: (round + i) % settings, seed, prompt };
    }
  }
}

function runOf(
  { samplerIndex, params }: PlannedSetting,
  { seed, prompt }: Omit<Place, 'setting'>,
  checked: CheckedComparison,
) {
  const { samplers, model, prompts, length, signal } = checked;
  const sampler = samplers[samplerIndex];
  if (sampler === undefined) throw new Error(`there is no sampler ${samplerIndex}`);
  return run(sampler.pipeline, { model, params, seed, prompt: prompts[prompt]?.tokens ?? [], length, signal });
}

/** What runs for the first time is slower: code is compiled, kernels are built. Gives what nodes have to say of the model. */
async function warmUp(setting: PlannedSetting, checked: CheckedComparison): Promise<readonly string[]> {
  const isOver = ({ type }: RunEvent): boolean => type === 'finished' || type === 'failed' || type === 'cancelled';
  let forwards = 0;
  let warnings: readonly string[] = [];
  const events = runOf(setting, { seed: checked.seeds[0] ?? 0, prompt: 0 }, checked).pipe(
    tap((event) => {
      if (event.type === 'started') warnings = event.warnings;
    }),
    skipWhile((event) => !isOver(event) && (event.type !== 'forward' || ++forwards < warmUpForwards)),
    take(1),
  );
  await lastValueFrom(events);
  return warnings;
}

/** `null` when the signal stopped it. */
async function takeSample(
  { settings }: ComparePlan,
  place: Place,
  checked: CheckedComparison,
): Promise<Sample | FailedSample | null> {
  const setting = settings[place.setting];
  if (setting === undefined) throw new Error(`there is no setting ${place.setting}`);
  const last = await lastValueFrom(runOf(setting, place, checked));
  if (last.type === 'failed') return { ...place, message: last.message };
  const [row] = last.type === 'finished' ? last.rows : [];
  if (last.type !== 'finished' || row === undefined) return null;
  const { tokens, promptLength, text, nfe } = row;
  const written = tokens.slice(promptLength);
  try {
    return {
      ...place,
      tokens,
      promptLength,
      text,
      nfe,
      milliseconds: last.statistics.milliseconds,
      arScore: await meanArScore(checked.judge, tokens, promptLength),
      entropy: unigramEntropy(written),
      distinct: distinctPairs(written),
    };
  } catch (error) {
    return { ...place, message: `AR score: ${messageOf(error)}` };
  }
}

async function meanArScore(judge: Model, tokens: readonly number[], promptLength: number): Promise<number | null> {
  const { manifest } = judge.denoiser;
  const from = Math.max(promptLength, leastPrompt(manifest));
  if (noArMode(manifest) !== null || tokens.length <= from) return null;
  const scores = await arScore(judge, tokens, { promptLength: from });
  return sum(scores) / scores.length;
}

function factsOf({ denoiser }: Model): ModelFacts {
  const { name, process, vocabularySize } = denoiser.manifest;
  return { name, process, vocabularySize };
}

function comparisonOf(
  { model, judge, prompts, seeds, length, budgets, budgetParam }: CheckedComparison,
  { samplers, settings, notes }: ComparePlan,
  samples: readonly Sample[],
  failures: readonly FailedSample[],
  complete: boolean,
): Comparison {
  return {
    complete,
    model: factsOf(model),
    judge: factsOf(judge),
    unjudged: noArMode(judge.denoiser.manifest),
    prompts,
    seeds,
    length,
    budgets,
    budgetParam,
    samplers,
    settings: settings.map(({ sampler, budget, params }, index) =>
      summarize(
        { sampler, budget, params },
        samples.filter(({ setting }) => setting === index),
      ),
    ),
    samples,
    failures,
    notes,
  };
}
