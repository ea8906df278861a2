import { checkDocument } from './check/check-document.js';
import { FaultList, locatedFaults } from './check/fault-list.js';
import { readJson } from './check/json-text.js';
import type { CheckOptions, CheckOutcome } from './check.js';
import type { Registry } from './registry.js';

/**
 * Checks the text of a document: `checkPipeline`, and before it the JSON itself, repeated keys included.
 * Faults carry the line and column of their place. Never throws.
 */
export function parsePipeline(text: string, registry: Registry, options: CheckOptions = {}): CheckOutcome {
  const faults = new FaultList();
  const json = readJson(text, faults);
  if (json === null) return { ok: false, faults: faults.list };
  const located = locatedFaults(faults, json.placeOf);
  const graph = checkDocument(json.value, located, {
    registry,
    resolve: options.resolve,
    findImport: options.findImport,
  });
  return graph === null || faults.list.length > 0 ? { ok: false, faults: faults.list } : { ok: true, graph };
}
