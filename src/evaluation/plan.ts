import { documentHash } from '../graph/canonical.js';
import type { SamplerFacts, Setting } from './comparison.js';
import type { CheckedComparison } from './request.js';
import { steer, type Steering } from './steering.js';

/** A setting with the index of its sampler. */
export interface PlannedSetting extends Setting {
  readonly samplerIndex: number;
}

/** What a comparison is going to do. */
export interface ComparePlan {
  readonly samplers: readonly SamplerFacts[];
  readonly settings: readonly PlannedSetting[];
  /** What a reader has to know of it. */
  readonly notes: readonly string[];
}

type CheckedSampler = CheckedComparison['samplers'][number];

/** A sampler is about to be planned, the one of this number of `total`. */
export interface Planning {
  readonly type: 'planning';
  readonly sampler: string;
  readonly number: number;
  readonly total: number;
}

/** Decides what every sampler runs with, by dry runs that cost no forward of the model, but take time for long rows. */
export async function* planComparison(checked: CheckedComparison): AsyncGenerator<Planning, ComparePlan, undefined> {
  const samplers: SamplerFacts[] = [];
  const settings: PlannedSetting[] = [];
  const notes: string[] = [];
  const byReason = new Map<string, string[]>();
  for (const [samplerIndex, sampler] of checked.samplers.entries()) {
    const { label, pipeline, bound } = sampler;
    yield { type: 'planning', sampler: label, number: samplerIndex + 1, total: checked.samplers.length };
    const steering = await steeringOf(sampler, checked);
    const unsteered = steering.steered ? null : steering.reason;
    const hash = documentHash(pipeline.graph.document);
    samplers.push({ label, pipeline: pipeline.graph.name, hash, unsteered });
    if (unsteered !== null) {
      settings.push({ sampler: label, samplerIndex, budget: null, params: bound });
      byReason.set(unsteered, [...(byReason.get(unsteered) ?? []), label]);
    } else if (steering.steered) {
      const { budgetParam } = checked;
      const reached = reachedBudgets(label, budgetParam, steering, notes);
      settings.push(
        ...reached.map(({ budget, value }) => ({
          sampler: label,
          samplerIndex,
          budget,
          params: { ...bound, [budgetParam]: value },
        })),
      );
    }
  }
  if (checked.budgets.length > 0) {
    for (const [reason, labels] of byReason)
      notes.push(`not steered by a budget, since ${reason}: ${labels.join(', ')}`);
  }
  // A dry run that was stopped has counted nothing.
  return checked.signal.aborted ? { samplers, settings: [], notes: [] } : { samplers, settings, notes };
}

async function steeringOf(
  { pipeline, params = {}, bound }: CheckedSampler,
  checked: CheckedComparison,
): Promise<Steering> {
  const { budgets, budgetParam, model, prompts, length, signal } = checked;
  if (budgets.length === 0) return { steered: false, reason: 'no budget was given' };
  if (params[budgetParam] !== undefined) {
    return { steered: false, reason: `its ${budgetParam} is set to ${String(bound[budgetParam])}` };
  }
  const promptLengths = [...new Set(prompts.map(({ tokens }) => tokens.length))];
  const { manifest } = model.denoiser;
  return steer(pipeline, { manifest, params: bound, budgetParam, budgets, promptLengths, length, signal });
}

type Steered = Extract<Steering, { readonly steered: true }>;

/** Budgets with the value that each leads to; one that is out of reach, or comes to the same as another, is noted. */
function reachedBudgets(
  label: string,
  budgetParam: string,
  { values, least }: Steered,
  notes: string[],
): readonly { readonly budget: number; readonly value: number }[] {
  const tooSmall = values.filter(({ found }) => found === null).map(({ budget }) => budget);
  if (tooSmall.length > 0) {
    notes.push(
      `${label} is out of reach of ${budgetsNamed(tooSmall)}: with ${budgetParam}=${least.value} it already takes ${least.nfe} NFE a row`,
    );
  }
  const reached: { budget: number; value: number }[] = [];
  for (const { budget, found } of values) {
    if (found === null) continue;
    const same = reached.find(({ value }) => value === found.value);
    if (same === undefined) reached.push({ budget, value: found.value });
    else {
      notes.push(
        `${label} has the same ${budgetParam}=${found.value} (${found.nfe} NFE a row) at budget ${budget} as at ${same.budget}`,
      );
    }
  }
  return reached;
}

const budgetsNamed = (budgets: readonly number[]): string =>
  `${budgets.length === 1 ? 'budget' : 'budgets'} ${budgets.join(' and ')}`;
