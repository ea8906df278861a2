import type { Binding, CheckedGraph } from '../graph/checked-graph.js';
import type { ParamValue } from '../graph/params.js';
import { planOf } from './compile-plan.js';
import type { Plan } from './plan.js';
import { nodeKey, seedKey, type StreamKey } from './random.js';

/** A plan with one run's parameters and seed filled in; shared by all lanes of the run. */
export interface Prepared {
  readonly plan: Plan;
  /** For each unit, its parameters, defaults included. */
  readonly params: readonly Readonly<Record<string, ParamValue>>[];
  /** For each loop node, its bound. */
  readonly bounds: readonly number[];
  /** For each node, the key of its random stream. */
  readonly keys: readonly StreamKey[];
}

const noParams: Readonly<Record<string, ParamValue>> = {};

/** Names are people's: one of them may be that of a method that every object has. */
const own = <T>(record: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(record, name) ? record[name] : undefined;

/** `params` are the pipeline's own, checked and complete (see `bindParams`). */
export function prepare(graph: CheckedGraph, params: Readonly<Record<string, ParamValue>>, seed: number): Prepared {
  const plan = planOf(graph);
  const valueOf = (binding: Binding): ParamValue | undefined =>
    'value' in binding ? binding.value : own(params, binding.param);
  const key = seedKey(seed);
  return {
    plan,
    params: plan.nodes.map((node) => {
      if (node.type !== 'unit') return noParams;
      const filled: Record<string, ParamValue> = {};
      for (const [name, spec] of Object.entries(node.definition.params)) {
        const binding = own(node.params, name);
        const value = binding === undefined ? spec.default : valueOf(binding);
        if (value !== undefined) filled[name] = value;
      }
      return filled;
    }),
    bounds: plan.nodes.map((node) => (node.type === 'loop' ? Number(valueOf(node.max)) : 0)),
    keys: plan.nodes.map((node) => nodeKey(key, node.path)),
  };
}
