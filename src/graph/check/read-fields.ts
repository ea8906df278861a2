import { quoted } from '../excerpt.js';
import { childPath, type JsonPath } from '../json-path.js';
import { byCodeUnit, inputId, namePattern, nameRule, oneOf } from '../names.js';
import { suggest, type Faults } from './fault-list.js';
import { isObject, showJson, type Json } from './json.js';
import { unreadable } from './syntax.js';

/** A value and where it is. */
export interface Spot {
  readonly json: Json;
  readonly path: JsonPath;
}

/** A field by name, or `null` where there is none. */
export type Fields<N extends string> = (name: N) => Spot | null;

export function refuse(faults: Faults, spot: Spot, message: string, expected: string): null {
  faults.add({ path: spot.path, message, expected, found: showJson(spot.json) });
  return null;
}

/** The fields of an object with a fixed set of them; reports the unknown and the missing. */
export function readFields<R extends string, O extends string>(
  spot: Spot,
  what: string,
  shape: { readonly required: readonly R[]; readonly optional: readonly O[] },
  faults: Faults,
): Fields<R | O> | null {
  const object = spot.json;
  if (!isObject(object)) return refuse(faults, spot, `${what} must be an object`, 'an object');
  const known: readonly string[] = [...shape.required, ...shape.optional];
  for (const key of [...object.keys()].sort(byCodeUnit)) {
    if (known.includes(key)) continue;
    faults.add(() => ({
      path: childPath(spot.path, key),
      message: `${what} has no field ${quoted(key)}`,
      expected: oneOf(known),
      found: quoted(key),
      ...suggest(
        key,
        known.filter((name) => !object.has(name)),
      ),
    }));
  }
  for (const key of shape.required) {
    if (object.has(key)) continue;
    const message = `${what} needs a field "${key}"`;
    faults.add({ path: childPath(spot.path, key), message, expected: `"${key}"`, found: 'nothing' });
  }
  return (name) => {
    const json = object.get(name);
    return json === undefined ? null : { json, path: childPath(spot.path, name) };
  };
}

/** An object whose keys are free, in the order of the keys. */
export function readEntries(spot: Spot | null, what: string, faults: Faults): readonly (readonly [string, Spot])[] {
  if (spot === null) return [];
  if (!isObject(spot.json)) {
    refuse(faults, spot, `${what} must be an object`, 'an object');
    return [];
  }
  return [...spot.json]
    .sort(([a], [b]) => byCodeUnit(a, b))
    .map(([key, json]) => [key, { json, path: childPath(spot.path, key) }]);
}

/** An object whose keys are names that the document gives: of nodes, ports, parameters, subgraphs. */
export function readNamed<T>(
  spot: Spot | null,
  what: string,
  faults: Faults,
  read: (spot: Spot, name: string) => T,
  reserved: readonly string[] = [],
): ReadonlyMap<string, T> {
  if (spot !== null && !isObject(spot.json)) {
    refuse(faults, spot, `${what} must be an object`, 'an object');
    return unreadable;
  }
  const named = new Map<string, T>();
  for (const [name, entry] of readEntries(spot, what, faults)) {
    if (!namePattern.test(name)) {
      const found = quoted(name);
      faults.add({ path: entry.path, message: `${found} cannot be a name in ${what}`, expected: nameRule, found });
    } else if (reserved.includes(name)) {
      const message = `${quoted(name)} is reserved and cannot be a name in ${what}`;
      faults.add({ path: entry.path, message, expected: 'another name', found: quoted(name) });
    }
    named.set(name, read(entry, name));
  }
  return named;
}

export function readText(spot: Spot | null, what: string, faults: Faults): string | null {
  if (spot === null) return null;
  return typeof spot.json === 'string' ? spot.json : refuse(faults, spot, `${what} must be text`, 'text');
}

export function readNumber(spot: Spot | null, what: string, faults: Faults): number | null {
  if (spot === null) return null;
  return typeof spot.json === 'number' ? spot.json : refuse(faults, spot, `${what} must be a number`, 'a number');
}

export function readFlag(spot: Spot | null, what: string, faults: Faults): boolean | null {
  if (spot === null) return null;
  return typeof spot.json === 'boolean'
    ? spot.json
    : refuse(faults, spot, `${what} must be true or false`, 'true or false');
}

export const reservedIds: readonly string[] = [inputId];
