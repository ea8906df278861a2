import type { CheckedGraph } from './checked-graph.js';
import { checkDocument } from './check/check-document.js';
import { FaultList } from './check/fault-list.js';
import type { Resolve } from './check/library.js';
import type { FindImport } from './check/read-imports.js';
import type { Fault } from './fault.js';
import type { Registry } from './registry.js';

export interface CheckOptions {
  /**
   * Gives the document that a `{ "kind": "graph", "use": "./file.json" }` includes, as text or as a value, or
   * `undefined`. Text is read as by `parsePipeline`, with places in its faults. It gets the path as seen from the
   * checked document, also for documents that included ones include.
   */
  readonly resolve?: Resolve;
  /**
   * Tells what became of the modules that documents import; the check itself loads nothing. When left out, their nodes
   * are expected to be in the registry.
   */
  readonly findImport?: FindImport;
}

export type CheckOutcome =
  { readonly ok: true; readonly graph: CheckedGraph } | { readonly ok: false; readonly faults: readonly Fault[] };

/**
 * Checks a document completely and resolves its names. Takes any value, never throws, and reports every fault
 * at once (up to `maxFaults`).
 */
export function checkPipeline(value: unknown, registry: Registry, options: CheckOptions = {}): CheckOutcome {
  const faults = new FaultList();
  const graph = checkDocument(value, faults, { registry, resolve: options.resolve, findImport: options.findImport });
  return graph === null ? { ok: false, faults: faults.list } : { ok: true, graph };
}
