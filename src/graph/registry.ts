import { objectionsTo } from './definition-objections.js';
import { InputError } from './input-error.js';
import { byCodeUnit } from './names.js';
import type { NodeDefinition } from './node-definition.js';

/** The kinds of nodes that documents may use. Immutable. */
export interface Registry {
  /** In alphabetical order of their kinds. */
  readonly definitions: readonly NodeDefinition[];
  /** Names of the kinds, in alphabetical order. */
  readonly kinds: readonly string[];
  get(kind: string): NodeDefinition | undefined;
  /** A registry that has these as well. Throws like `createRegistry`. */
  with(more: readonly NodeDefinition[]): Registry;
}

/**
 * Gathers node definitions. Throws one `InputError` that lists everything that keeps one from being registered:
 * a kind used twice or reserved (`loop`, `if`, `graph`), a malformed name, a parameter that contradicts itself,
 * no summary, or not exactly one of `step`, `forward` and `ask`, the last two with `complete`.
 */
export function createRegistry(definitions: readonly NodeDefinition[]): Registry {
  const byKind = new Map<string, NodeDefinition>();
  const objections: string[] = [];
  for (const [i, definition] of definitions.entries()) {
    const found = objectionsTo(definition);
    if (found.kind === null) {
      objections.push(`node definition ${String(i + 1)} has no kind`);
      continue;
    }
    const { kind } = definition;
    if (byKind.has(kind)) objections.push(`the kind "${kind}" is defined twice`);
    byKind.set(kind, definition);
    for (const objection of found.objections) objections.push(`node kind "${kind}": ${objection}`);
  }
  if (objections.length > 0) throw new InputError(objections.join('\n'));
  const kinds = [...byKind.keys()].sort(byCodeUnit);
  return {
    kinds,
    definitions: kinds.flatMap((kind) => byKind.get(kind) ?? []),
    get: (kind) => byKind.get(kind),
    with: (more) => createRegistry([...definitions, ...more]),
  };
}
