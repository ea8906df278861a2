import { readdirSync, readFileSync } from 'node:fs';
import { checkPipeline } from '../../src/graph/check.js';
import type { CheckedGraph } from '../../src/graph/checked-graph.js';
import type { Registry } from '../../src/graph/registry.js';
import { standardNodes } from '../../src/nodes/standard.js';

const folder = new URL('../../pipelines/', import.meta.url);

/** Names of the shipped pipelines. */
export const pipelineNames: readonly string[] = readdirSync(folder)
  .filter((file) => file.endsWith('.json'))
  .map((file) => file.slice(0, -'.json'.length));

/** A shipped document as it is written. */
export const readDocument = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8'));

/** Checks a document; subgraphs come from the shipped ones. */
export function check(document: unknown, registry: Registry = standardNodes): { readonly graph: CheckedGraph } {
  const outcome = checkPipeline(document, registry, {
    resolve: (use) => readDocument(use.replace(/^\.\/(.*)\.json$/, '$1')),
  });
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.faults, null, 2));
  return { graph: outcome.graph };
}

/** A shipped pipeline, ready to run. */
export const pipeline = (name: string): { readonly graph: CheckedGraph } => check(readDocument(name));
