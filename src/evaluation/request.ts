import { bindParams } from '../graph/bind.js';
import { InputError } from '../graph/input-error.js';
import type { NamesOf } from '../graph/known-names.js';
import { didYouMean, listing } from '../graph/names.js';
import type { ParamValue } from '../graph/params.js';
import type { Model } from '../models/denoiser.js';
import { integerWithin, type Prompt } from '../runtime/prompts.js';
import { modelFaults, requestFaults } from '../runtime/request-form.js';
import { isSource, rowStarts } from '../runtime/rows.js';
import { run } from '../runtime/run.js';
import type { ComparedPrompt, ComparedSampler } from './comparison.js';
import { vocabularyProblem } from './judge.js';
import { budgetSpec } from './steering.js';

/** What to compare samplers on. */
export interface CompareRequest {
  readonly model: Model;
  /** Scores the rows in place of the model; it has to have the same vocabulary. */
  readonly judge?: Model;
  /** Beginnings of the rows; one empty beginning when left out. */
  readonly prompts?: readonly Prompt[];
  /** Seeds of the rows that each sampler writes to each prompt; `[0]` when left out. */
  readonly seeds?: readonly number[];
  /** Tokens of a finished row, prompt included; the model's length when left out. */
  readonly length?: number;
  /** NFE a row that a sampler may use; when left out, every sampler runs as its parameters say. */
  readonly budgets?: readonly number[];
  /** The integer parameter that budgets decide; `steps` when left out. */
  readonly budgetParam?: string;
  /** Stops the comparison; what is finished is kept. */
  readonly signal?: AbortSignal;
}

const requestNames: NamesOf<CompareRequest> = {
  model: true,
  judge: true,
  prompts: true,
  seeds: true,
  length: true,
  budgets: true,
  budgetParam: true,
  signal: true,
};

/** A request that passed every check. */
export interface CheckedComparison {
  readonly samplers: readonly (ComparedSampler & {
    readonly bound: Readonly<Record<string, ParamValue>>;
  })[];
  readonly model: Model;
  readonly judge: Model;
  readonly prompts: readonly ComparedPrompt[];
  readonly seeds: readonly number[];
  readonly length: number;
  /** Ascending, each once. */
  readonly budgets: readonly number[];
  readonly budgetParam: string;
  readonly signal: AbortSignal;
}

/** Checks all that can be checked before anything runs. Throws one `InputError` with every fault. */
export function checkComparison(samplers: readonly ComparedSampler[], request: CompareRequest): CheckedComparison {
  const faults = [...requestFaults('compare', request, requestNames), ...modelFaults(request, 'judge')];
  if (faults.length > 0) throw new InputError(faults.join('\n'));
  const { model, judge = model, budgetParam = 'steps', signal = new AbortController().signal } = request;
  const seeds = (request.seeds ?? [0]).map((seed) => integerWithin(seed, 'seed', 0, Number.MAX_SAFE_INTEGER, faults));
  const budgets = (request.budgets ?? []).map((budget) => integerWithin(budget, 'NFE', 1, 2 ** 31, faults));
  const { length = model.denoiser.manifest.length, prompts: given = [[]] } = request;
  const prompts = rowStarts(model, { prompts: given, length }, faults).map(({ canvas: { tokens } }, i) => ({
    tokens,
    text: promptText(given[i] ?? [], model),
  }));
  const requestIsGood = faults.length === 0;
  if (new Set(seeds).size < seeds.length) faults.push(`a seed is named twice: ${seeds.join(', ')}`);
  if (seeds.length === 0) faults.push('a comparison needs at least one seed');
  faults.push(...judgeFaults(model, judge, length), ...samplerFaults(samplers, budgets.length > 0, budgetParam));
  const checked = samplers.map((sampler) => {
    const rows = requestIsGood ? { prompts: prompts.map(({ tokens }) => tokens), length } : {};
    return { ...sampler, bound: boundParams(sampler, { ...rows, model }, faults) };
  });
  if (faults.length > 0) throw new InputError([...new Set(faults)].join('\n'));
  const ascending = [...new Set(budgets)].sort((a, b) => a - b);
  return { samplers: checked, model, judge, prompts, seeds, length, budgets: ascending, budgetParam, signal };
}

function promptText(prompt: Prompt, { tokenizer }: Model): string | null {
  if (typeof prompt === 'string') return prompt;
  return prompt.length === 0 ? '' : (tokenizer?.decode(prompt) ?? null);
}

function judgeFaults(model: Model, judge: Model, length: number): string[] {
  if (judge === model) return [];
  const { name, length: longest } = judge.denoiser.manifest;
  const problem = vocabularyProblem(model, judge);
  return [
    ...(problem === null ? [] : [problem]),
    ...(length > longest
      ? [`rows of ${length} tokens are too long for the judge ${name}, which takes ${longest}`]
      : []),
  ];
}

function samplerFaults(samplers: readonly ComparedSampler[], steered: boolean, budgetParam: string): string[] {
  const labels = samplers.map(({ label }) => label);
  const twice = labels.filter((label, i) => labels.indexOf(label) < i);
  const faults = [...new Set(twice)].map((label) => `${label} is named twice; samplers need labels of their own`);
  if (samplers.length === 0) faults.push('a comparison needs at least one sampler');
  const specs = samplers.map(({ pipeline }) => pipeline.graph.params);
  if (steered && samplers.length > 0 && !specs.some((params) => budgetSpec(params, budgetParam) !== undefined)) {
    const names = new Set(specs.flatMap((params) => Object.keys(params).filter((name) => budgetSpec(params, name))));
    const hint = didYouMean(budgetParam, names);
    faults.push(
      `no sampler here has an integer parameter "${budgetParam}" for the NFE budget to decide (there are ${listing(names)})${hint}`,
    );
  }
  return faults;
}

/** A sampler's parameters, after asking it whether it can run; what speaks against it goes to `faults`. */
function boundParams(
  { label, pipeline, params = {} }: ComparedSampler,
  request: Parameters<typeof run>[1],
  faults: string[],
): Readonly<Record<string, ParamValue>> {
  if (pipeline.graph.inputs.some(isSource)) {
    faults.push(`${label} starts from a text (its input "source"), and a comparison has none to give; leave it out`);
    return {};
  }
  try {
    run(pipeline, { ...request, params });
    return bindParams(pipeline.graph, params);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const { name } = pipeline.graph;
    faults.push(label === name ? error.message : error.message.replace(`cannot run ${name}`, `cannot run ${label}`));
    return {};
  }
}
