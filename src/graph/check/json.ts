import { quoted } from '../excerpt.js';
import { childPath, rootPath, type JsonPath } from '../json-path.js';
import { maxDepth, maxKeyLength, maxValues } from '../limits.js';
import { Budget } from './budget.js';
import type { Faults } from './fault-list.js';

/** JSON with objects as maps, so that no key (`__proto__`, `constructor`) can be mistaken for something inherited. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export type JsonObject = ReadonlyMap<string, Json>;

/**
 * Copies any value as JSON. Never throws: what is not JSON, too deep (or cyclic), too large, or throws when it
 * is read becomes a fault and `null`. Fields that are `undefined` count as left out, as in `JSON.stringify`.
 */
export function toJson(value: unknown, faults: Faults, budget = new Budget()): Json {
  try {
    return new Copier(faults, budget).copy(value, rootPath, 0);
  } catch {
    const found = 'an object that throws when it is read';
    faults.add({ path: rootPath, message: 'the document cannot be read', expected: 'plain JSON data', found });
    return null;
  }
}

export const isObject = (json: Json): json is JsonObject => json instanceof Map;

export const isList = (json: Json): json is readonly Json[] => Array.isArray(json);

/** A value in a few words, for `found` in faults. */
export function showJson(json: Json): string {
  if (typeof json === 'string') return quoted(json);
  if (json === null || typeof json !== 'object') return String(json);
  return isObject(json) ? 'an object' : 'a list';
}

class Copier {
  readonly #faults: Faults;
  readonly #budget: Budget;
  #full = false;

  constructor(faults: Faults, budget: Budget) {
    this.#faults = faults;
    this.#budget = budget;
  }

  copy(value: unknown, path: JsonPath, depth: number): Json {
    if (!this.#budget.takeValue()) return this.#refuseSize(path);
    if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
    if (typeof value === 'number') return this.#number(value, path);
    if (typeof value !== 'object') return this.#refuse(path, 'this is not JSON', 'a JSON value', `a ${typeof value}`);
    if (depth >= maxDepth) {
      const limit = `at most ${String(maxDepth)} levels`;
      return this.#refuse(path, 'the document is nested too deeply, or contains itself', limit, 'more');
    }
    return Array.isArray(value) ? this.#list(value, path, depth) : this.#object(value, path, depth);
  }

  #number(value: number, path: JsonPath): Json {
    if (Number.isFinite(value)) return value + 0;
    return this.#refuse(path, 'this is not a JSON number', 'a finite number', String(value));
  }

  #list(value: readonly unknown[], path: JsonPath, depth: number): Json {
    const items: Json[] = [];
    for (let i = 0; i < value.length && !this.#full; i += 1) {
      items.push(this.copy(value[i], childPath(path, i), depth + 1));
    }
    return items;
  }

  #object(value: object, path: JsonPath, depth: number): Json {
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== null) {
      return this.#refuse(path, 'this is not JSON', 'a plain object', 'an instance of a class');
    }
    const fields = new Map<string, Json>();
    for (const [key, field] of Object.entries(value)) {
      if (this.#full) break;
      // The places of faults are made of keys, so that a long one would cost its length again for each fault inside.
      if (key.length > maxKeyLength) {
        this.#refuse(path, 'a key is too long', `at most ${maxKeyLength} characters`, quoted(key));
      } else if (field !== undefined) fields.set(key, this.copy(field, childPath(path, key), depth + 1));
    }
    return fields;
  }

  #refuseSize(path: JsonPath): null {
    this.#full = true;
    return this.#refuse(path, 'the document is too large', `at most ${String(maxValues)} values`, 'more');
  }

  #refuse(path: JsonPath, message: string, expected: string, found: string): null {
    this.#faults.add({ path, message, expected, found });
    return null;
  }
}
