import { FaultList } from './check/fault-list.js';
import { toJson } from './check/json.js';
import { readParamSpec } from './check/read-params.js';
import { structuralKinds } from './document.js';
import { InputError } from './input-error.js';
import { isRecord } from './is-record.js';
import { childPath, rootPath } from './json-path.js';
import { byCodeUnit, kindPattern, listing, namePattern, nameRule } from './names.js';
import type { NodeDefinition } from './node-definition.js';
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
 * Gathers node definitions. Throws one `InputError` that lists everything that keeps one from being registered:
 * a kind used twice or reserved (`loop`, `if`, `graph`), a malformed name, a parameter that contradicts itself, or
 * not exactly one of `step`, `forward` and `ask`, the last two with `complete`.
 */
export function createRegistry(definitions: readonly NodeDefinition[]): Registry {
  const byKind = new Map<string, NodeDefinition>();
  const objections: string[] = [];
  for (const [i, definition] of definitions.entries()) {
    const given = asGiven(definition);
    if (given === null) {
      objections.push(`node definition ${String(i + 1)} has no kind`);
      continue;
    }
    const { kind } = given;
    if (byKind.has(kind)) objections.push(`the kind "${kind}" is defined twice`);
    byKind.set(kind, definition);
    for (const objection of objectionsTo(given)) objections.push(`node kind "${kind}": ${objection}`);
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

/** A definition as callers in plain JavaScript may give it: nothing is certain but its kind. */
interface Given {
  readonly kind: string;
  readonly [field: string]: unknown;
}

const asGiven = (definition: unknown): Given | null => (isGiven(definition) ? definition : null);

const isGiven = (definition: unknown): definition is Given =>
  isRecord(definition) && typeof definition['kind'] === 'string';

function objectionsTo(definition: Given): readonly string[] {
  const { kind } = definition;
  const objections: string[] = [];
  if (structuralKinds.some((reserved) => reserved === kind)) objections.push('the name belongs to the language');
  if (!kindPattern.test(kind)) objections.push('a kind is lower-case words joined by -');
  return [...objections, ...actionObjections(definition), ...partObjections(definition)];
}

const actions = ['step', 'forward', 'ask'] as const;

function actionObjections(definition: Given): readonly string[] {
  const [action, another] = actions.filter((name) => name in definition);
  if (action === undefined) return [`it needs one of ${listing(actions)}`];
  if (another !== undefined) return [`it has both ${action} and ${another}: a node does one thing`];
  const needed = action === 'step' ? [action] : [action, 'complete'];
  return needed.flatMap((name) => (typeof definition[name] === 'function' ? [] : [`it needs a method ${name}`]));
}

function partObjections(definition: Given): readonly string[] {
  return (['inputs', 'outputs', 'params'] as const).flatMap((part) => {
    const entries = definition[part];
    if (!isRecord(entries)) return [`it needs ${part}, {} where there are none`];
    const check = part === 'params' ? paramObjections : portObjections;
    return Object.entries(entries).flatMap(([name, entry]) => check(name, entry));
  });
}

function portObjections(name: string, kind: unknown): readonly string[] {
  const objections: string[] = [];
  if (!namePattern.test(name)) objections.push(`port "${name}" is not a name (${nameRule})`);
  if (typeof kind !== 'string' || !Object.hasOwn(portKinds, kind)) {
    const found = typeof kind === 'string' ? `"${kind}"` : typeof kind;
    objections.push(`port "${name}" has no known kind: ${found}`);
  }
  return objections;
}

/** Parameters are described as in documents, so the same checks hold. */
function paramObjections(name: string, spec: unknown): readonly string[] {
  const objections = namePattern.test(name) ? [] : [`parameter "${name}" is not a name (${nameRule})`];
  const faults = new FaultList();
  const path = childPath(rootPath, name);
  const json = toJson(spec, faults);
  if (faults.list.length === 0) readParamSpec({ json, path }, name, faults);
  return [...objections, ...faults.list.map(({ message }) => `parameter "${name}": ${message}`)];
}
