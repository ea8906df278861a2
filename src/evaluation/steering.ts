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

const unsteered = (reason: string): Steering => ({ steered: false, reason });

/**
 * Finds for each budget the largest value of the parameter whose NFE a row does not exceed it, by dry runs. At those
 * values, the smallest and the one that is set, the NFE has to be the same whatever the model predicts.
 */
export async function steer(pipeline: RunnablePipeline, request: SteeringRequest): Promise<Steering> {
  const { budgetParam, budgets, params } = request;
  const spec = budgetSpec(pipeline.graph.params, budgetParam);
  if (spec === undefined) return unsteered(`it has no parameter ${budgetParam}`);
  const counted = new Map<string, number>();
  const nfeOf = async (value: number, limit = Infinity, behaviour: Behaviour = 'doubtful'): Promise<number> => {
    const key = `${behaviour} ${value}`;
    const known = counted.get(key);
    if (known !== undefined) return known;
    const asked = { ...request, params: { ...params, [budgetParam]: value } };
    const nfe = await countForwards(pipeline, asked, behaviour, limit);
    if (Number.isFinite(nfe)) counted.set(key, nfe);
    return nfe;
  };
  try {
    const { min = 1, max = largestValue } = spec;
    const least = { value: min, nfe: await nfeOf(min) };
    const values = [];
    for (const budget of budgets) values.push({ budget, found: await largestWithin(nfeOf, budget, { min, max }) });
    if (max > min && values.some(({ found }) => found?.value === min) && (await nfeOf(max, least.nfe)) === least.nfe) {
      return unsteered(`${budgetParam} does not change its NFE`);
    }
    const own = params[budgetParam];
    const used = [...values.flatMap(({ found }) => found?.value ?? []), ...(typeof own === 'number' ? [own] : []), min];
    for (const value of new Set(used)) {
      const counts = [];
      for (const behaviour of behaviours) counts.push(await nfeOf(value, Infinity, behaviour));
      const [nfe = NaN] = counts;
      if (counts.some((count) => count !== nfe)) return unsteered('what the model predicts decides its NFE');
      if (nfe < least.nfe) return unsteered(`its NFE falls as ${budgetParam} grows`);
    }
    return { steered: true, values, least };
  } catch (error) {
    return unsteered(`its forwards could not be counted: ${messageOf(error)}`);
  }
}
