import type { NumberSpec, ParamSpecs, ParamValue } from '../graph/params.js';
import { messageOf } from '../graph/message-of.js';
import type { RunnablePipeline } from '../runtime/run.js';
import { largestWithin, type Affordable } from './budget.js';
import { behaviours, countForwards, type Behaviour, type DryRun } from './counting.js';

/** Where a parameter says no bound. */
const largestValue = 65536;

/** What to steer a sampler by. */
export interface SteeringRequest extends Omit<DryRun, 'params'> {
  /** Every parameter, those that budgets do not decide as they will be. */
  readonly params: Readonly<Record<string, ParamValue>>;
  readonly budgetParam: string;
  /** NFE a row, ascending. */
  readonly budgets: readonly number[];
}

/** What budgets lead to: a value for each, `null` where it is out of reach; or why no budget decides the NFE. */
export type Steering =
  | {
      readonly steered: true;
      readonly values: readonly { readonly budget: number; readonly found: Affordable | null }[];
      /** NFE a row at the smallest value. */
      readonly least: Affordable;
    }
  | { readonly steered: false; readonly reason: string };

/** The parameter that a budget can decide: an integer. */
export function budgetSpec(specs: ParamSpecs, name: string): NumberSpec | undefined {
  const spec = Object.hasOwn(specs, name) ? specs[name] : undefined;
  return spec?.type === 'integer' ? spec : undefined;
}

/** Finds for each budget the largest value of the parameter whose NFE a row does not exceed it, by dry runs. */
export async function steer(pipeline: RunnablePipeline, request: SteeringRequest): Promise<Steering> {
  const { budgetParam, budgets, params } = request;
  const spec = budgetSpec(pipeline.graph.params, budgetParam);
  if (spec === undefined) return { steered: false, reason: `it has no parameter ${budgetParam}` };
  const nfeOf = (value: number, limit = Infinity, behaviour: Behaviour = 'doubtful'): Promise<number> =>
    countForwards(pipeline, { ...request, params: { ...params, [budgetParam]: value } }, behaviour, limit);
  try {
    const { min = 1, max = largestValue } = spec;
    const least = { value: min, nfe: await nfeOf(min) };
    if (min < max && (await nfeOf(min + 1)) < least.nfe) {
      return { steered: false, reason: `its NFE falls as ${budgetParam} grows` };
    }
    const values = [];
    for (const budget of budgets) values.push({ budget, found: await largestWithin(nfeOf, budget, { min, max }) });
    for (const { found } of values) {
      if (found === null) continue;
      if (found.value === max && max > min && found.nfe === least.nfe) {
        return { steered: false, reason: `${budgetParam} does not change its NFE` };
      }
      for (const behaviour of behaviours) {
        if ((await nfeOf(found.value, Infinity, behaviour)) !== found.nfe) {
          return { steered: false, reason: 'what the model predicts decides its NFE' };
        }
      }
    }
    return { steered: true, values, least };
  } catch (error) {
    return { steered: false, reason: `its forwards could not be counted: ${messageOf(error)}` };
  }
}
