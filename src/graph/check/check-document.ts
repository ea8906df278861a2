import type { CheckedGraph, NamedValue } from '../checked-graph.js';
import type { PipelineDocument } from '../document.js';
import { migrate } from '../migrations.js';
import { Budget } from './budget.js';
import { watch, type Faults } from './fault-list.js';
import { toJson } from './json.js';
import { gatherLibrary, type Surroundings } from './library.js';
import { checkGraphs, expandMain, type Expanded } from './program.js';
import { readDocument } from './read-document.js';
import type { Known } from './scope.js';
import { sortRegion } from './sort.js';
import { toDocument } from './to-document.js';

/** Checks any value as a document and resolves its names. `null` where it left faults. Never throws. */
export function checkDocument(value: unknown, found: Faults, surroundings: Surroundings): CheckedGraph | null {
  const { registry, findImport } = surroundings;
  const faults = watch(found);
  const budget = new Budget();
  const given = toJson(value, faults, budget);
  if (faults.count > 0) return null;
  const json = migrate(given, faults);
  if (faults.count > 0 && json === null) return null;
  const document = readDocument(json, { registry, faults, findImport, file: '' });
  if (document === null) return null;
  const { library, imports } = gatherLibrary(document, faults, surroundings, budget);
  const expanded = expandMain(checkGraphs(library, registry), registry);
  if (expanded === null || faults.count > 0) return null;
  return finish(toDocument(document, library, imports), expanded);
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
