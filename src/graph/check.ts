import type { CheckedGraph, NamedValue } from './checked-graph.js';
import { FaultList } from './check/fault-list.js';
import { toJson } from './check/json.js';
import { gatherLibrary, type Resolve } from './check/library.js';
import { checkGraphs, expandMain, type Expanded } from './check/program.js';
import { readDocument } from './check/read-document.js';
import type { Known } from './check/scope.js';
import { sortRegion } from './check/sort.js';
import { toDocument } from './check/to-document.js';
import type { PipelineDocument } from './document.js';
import type { Fault } from './fault.js';
import { migrate } from './migrations.js';
import type { Registry } from './registry.js';

export interface CheckOptions {
  /**
   * Gives the document that a `{ "kind": "graph", "use": "./file.json" }` includes, or `undefined`. It gets the
   * path as seen from the checked document, also for documents that included ones include.
   */
  readonly resolve?: Resolve;
}

export type CheckOutcome =
  { readonly ok: true; readonly graph: CheckedGraph } | { readonly ok: false; readonly faults: readonly Fault[] };

/**
 * Checks a document completely and resolves its names. Takes any value, never throws, and reports every fault
 * at once (up to `maxFaults`).
 */
export function checkPipeline(value: unknown, registry: Registry, options: CheckOptions = {}): CheckOutcome {
  const faults = new FaultList();
  const refused = (): CheckOutcome => ({ ok: false, faults: faults.list });
  const given = toJson(value, faults);
  if (faults.list.length > 0) return refused();
  const json = migrate(given, faults);
  if (faults.list.length > 0 && json === null) return refused();
  const document = readDocument(json, { registry, faults });
  if (document === null) return refused();
  const library = gatherLibrary(document, faults, { registry, resolve: options.resolve });
  const graphs = checkGraphs(library, registry);
  if (faults.list.length > 0) return refused();
  const expanded = expandMain(graphs, registry);
  if (expanded === null || faults.list.length > 0) return refused();
  return { ok: true, graph: finish(toDocument(document, library), expanded) };
}

function finish(document: PipelineDocument, expanded: Expanded): CheckedGraph {
  return {
    name: document.name,
    document,
    params: document.params ?? {},
    paramUses: expanded.uses,
    inputs: named(expanded.inputs),
    outputs: named(expanded.outputs),
    body: sortRegion(expanded.nodes),
    valueKinds: expanded.kinds,
  };
}

function named(values: ReadonlyMap<string, Known>): readonly NamedValue[] {
  return [...values].flatMap(([name, wire]) => (wire === null ? [] : [{ name, ...wire }]));
}
