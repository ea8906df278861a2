import { structuralKinds } from './document.js';
import { InputError } from './input-error.js';
import { byCodeUnit, kindPattern, namePattern, nameRule } from './names.js';
import type { NodeDefinition } from './node-definition.js';
import { specProblems } from './param-rules.js';
import { portKinds } from './values.js';

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
 * Gathers node definitions. Throws one `InputError` that lists every definition that cannot be registered:
 * a kind used twice or reserved (`loop`, `if`, `graph`), a malformed name, a parameter that contradicts itself.
 */
export function createRegistry(definitions: readonly NodeDefinition[]): Registry {
  const byKind = new Map<string, NodeDefinition>();
  const objections: string[] = [];
  for (const definition of definitions) {
    const { kind } = definition;
    if (byKind.has(kind)) objections.push(`the kind "${kind}" is defined twice`);
    byKind.set(kind, definition);
    for (const objection of objectionsTo(definition)) objections.push(`node kind "${kind}": ${objection}`);
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

function objectionsTo(definition: NodeDefinition): readonly string[] {
  const { kind, inputs, outputs, params } = definition;
  const objections: string[] = [];
  if (structuralKinds.some((reserved) => reserved === kind)) objections.push('the name belongs to the language');
  if (!kindPattern.test(kind)) objections.push('a kind is lower-case words joined by -');
  for (const [port, portKind] of [...Object.entries(inputs), ...Object.entries(outputs)]) {
    if (!namePattern.test(port)) objections.push(`port "${port}" is not a name (${nameRule})`);
    if (!Object.hasOwn(portKinds, portKind)) objections.push(`port "${port}" has no known kind: "${portKind}"`);
  }
  for (const [name, spec] of Object.entries(params)) {
    if (!namePattern.test(name)) objections.push(`parameter "${name}" is not a name (${nameRule})`);
    for (const { message } of specProblems(spec)) objections.push(`parameter "${name}": ${message}`);
  }
  return objections;
}
