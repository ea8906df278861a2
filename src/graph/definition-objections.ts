import { FaultList } from './check/fault-list.js';
import { toJson } from './check/json.js';
import { readParamSpec } from './check/read-params.js';
import { structuralKinds } from './document.js';
import { isRecord } from './is-record.js';
import { childPath, rootPath } from './json-path.js';
import { kindPattern, listing, namePattern, nameRule } from './names.js';
import type { NodeDefinition } from './node-definition.js';
import { portKinds } from './values.js';

/** A definition as callers in plain JavaScript may give it: nothing is certain but its kind. */
interface Given {
  readonly kind: string;
  readonly [field: string]: unknown;
}

const isGiven = (definition: unknown): definition is Given =>
  isRecord(definition) && typeof definition['kind'] === 'string';

/** What speaks against registering a value as a definition. `kind` is null where it has none, and is then no definition. */
export function objectionsTo(definition: unknown): {
  readonly kind: string | null;
  readonly objections: readonly string[];
} {
  if (!isGiven(definition)) return { kind: null, objections: [] };
  const { kind } = definition;
  return { kind, objections: objectionsToGiven(definition) };
}

/** Whether a value can be registered. */
export function isNodeDefinition(value: unknown): value is NodeDefinition {
  const { kind, objections } = objectionsTo(value);
  return kind !== null && objections.length === 0;
}

function objectionsToGiven(definition: Given): readonly string[] {
  const { kind, summary } = definition;
  const objections: string[] = [];
  if (structuralKinds.some((reserved) => reserved === kind)) objections.push('the name belongs to the language');
  if (!kindPattern.test(kind)) objections.push('a kind is lower-case words joined by -');
  if (typeof summary !== 'string' || summary.trim() === '')
    objections.push('it needs a summary, one sentence for people');
  for (const name of ['objections', 'observe']) {
    const method = definition[name];
    if (method !== undefined && typeof method !== 'function') objections.push(`its ${name} must be a method`);
  }
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
