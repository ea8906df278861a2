import { match } from 'ts-pattern';
import { listing } from '../names.js';
import { specProblems } from '../param-rules.js';
import type { ParamSpec } from '../params.js';
import { quoted } from '../excerpt.js';
import { childPath } from '../json-path.js';
import { suggest, watch, type Faults } from './fault-list.js';
import { isList, isObject, type JsonObject } from './json.js';
import { readFields, readFlag, readNumber, readText, refuse, type Fields, type Spot } from './read-fields.js';
import type { ArgumentSyntax } from './syntax.js';

const types = ['number', 'integer', 'choice', 'flag'] as const;
type SpecType = (typeof types)[number];

const optionalFields = {
  number: ['min', 'max', 'default', 'optional', 'description'],
  integer: ['min', 'max', 'default', 'optional', 'description'],
  choice: ['default', 'description'],
  flag: ['default', 'description'],
} as const;

/** A declared parameter of a document. */
export function readParamSpec(spot: Spot, name: string, faults: Faults): ParamSpec | null {
  if (!isObject(spot.json))
    return refuse(faults, spot, `parameter ${quoted(name)} must be described by an object`, 'an object');
  const type = readType(spot.json, spot, name, faults);
  if (type === null) return null;
  const watched = watch(faults);
  const spec = match(type)
    .with('number', 'integer', (numeric) => readNumeric(spot, name, numeric, watched))
    .with('choice', () => readChoice(spot, name, watched))
    .with('flag', () => readFlagSpec(spot, name, watched))
    .exhaustive();
  if (spec === null || watched.count > 0) return null;
  const problems = specProblems(spec);
  for (const { field, ...problem } of problems) faults.add({ path: childPath(spot.path, field), ...problem });
  return problems.length === 0 ? spec : null;
}

/** What a node's parameter is set to: a value, or `{ "$param": "name" }`. */
export function readArgument(spot: Spot, faults: Faults): ArgumentSyntax | null {
  const { json, path } = spot;
  if (typeof json === 'number' || typeof json === 'string' || typeof json === 'boolean') {
    return { type: 'value', path, value: json };
  }
  const expected = 'a number, text, true, false or { "$param": "name" }';
  if (!isObject(json)) return refuse(faults, spot, 'a parameter must have a value', expected);
  const fields = readFields(spot, 'a reference to a parameter', { required: ['$param'], optional: [] }, faults);
  const param = readText(fields?.('$param') ?? null, 'the name of a parameter', faults);
  return param === null ? null : { type: 'param', path, param };
}

function readType(json: JsonObject, spot: Spot, name: string, faults: Faults): SpecType | null {
  const type = json.get('type');
  const known = types.find((candidate) => candidate === type);
  if (known !== undefined) return known;
  const expected = `one of ${listing(types)}`;
  const path = childPath(spot.path, 'type');
  if (type === undefined) {
    faults.add({ path, message: `parameter ${quoted(name)} needs a field "type"`, expected, found: 'nothing' });
    return null;
  }
  if (typeof type !== 'string') return refuse(faults, { json: type, path }, 'a type must be text', expected);
  const found = quoted(type);
  faults.add(() => ({ path, message: `there is no type ${found}`, expected, found, ...suggest(type, types) }));
  return null;
}

function readNumeric(spot: Spot, name: string, type: 'number' | 'integer', faults: Faults): ParamSpec | null {
  const fields = specFields(spot, name, optionalFields[type], faults);
  if (fields === null) return null;
  return {
    type,
    ...given('min', readNumber(fields('min'), 'min', faults)),
    ...given('max', readNumber(fields('max'), 'max', faults)),
    ...given('default', readNumber(fields('default'), 'the default', faults)),
    ...given('optional', readFlag(fields('optional'), 'optional', faults)),
    ...given('description', readText(fields('description'), 'a description', faults)),
  };
}

function readChoice(spot: Spot, name: string, faults: Faults): ParamSpec | null {
  const shape = { required: ['type', 'choices'], optional: optionalFields.choice } as const;
  const fields = readFields(spot, `parameter ${quoted(name)}`, shape, faults);
  const list = fields?.('choices') ?? null;
  if (fields === null || list === null) return null;
  const choices: string[] = [];
  if (!isList(list.json)) refuse(faults, list, 'choices must be a list', 'a list of texts');
  else {
    list.json.forEach((json, i) => {
      const text = readText({ json, path: childPath(list.path, i) }, 'a choice', faults);
      if (text !== null) choices.push(text);
    });
  }
  return {
    type: 'choice',
    choices,
    ...given('default', readText(fields('default'), 'the default', faults)),
    ...given('description', readText(fields('description'), 'a description', faults)),
  };
}

function readFlagSpec(spot: Spot, name: string, faults: Faults): ParamSpec | null {
  const fields = specFields(spot, name, optionalFields.flag, faults);
  if (fields === null) return null;
  return {
    type: 'flag',
    ...given('default', readFlag(fields('default'), 'the default', faults)),
    ...given('description', readText(fields('description'), 'a description', faults)),
  };
}

function specFields<O extends string>(
  spot: Spot,
  name: string,
  optional: readonly O[],
  faults: Faults,
): Fields<O | 'type'> | null {
  return readFields(spot, `parameter ${quoted(name)}`, { required: ['type'], optional }, faults);
}

/** A field that is left out where the document has none. */
function given<K extends string, V>(key: K, value: V | null): { readonly [P in K]?: V } {
  const field: { [P in K]?: V } = {};
  if (value !== null) field[key] = value;
  return field;
}
