import { rootPath, childPath } from './json-path.js';
import type { Faults } from './check/fault-list.js';
import { isObject, showJson, type Json, type JsonObject } from './check/json.js';

/** The format that this version writes and checks. */
export const currentFormat = 1;

/** A pure function from a document of one format to the same document in the next. */
export type Migration = (document: JsonObject) => JsonObject;

/** By the format that they start from; every format before the current one has its own. */
export type Migrations = ReadonlyMap<number, Migration>;

export const migrations: Migrations = new Map();

/**
 * Brings a document to the current format. `null` with a fault where that is not possible; a document
 * without a format passes, for the checks to say what it lacks.
 */
export function migrate(
  json: Json,
  faults: Faults,
  target: { readonly format: number; readonly migrations: Migrations } = { format: currentFormat, migrations },
): Json {
  if (!isObject(json)) return json;
  const format = json.get('format');
  if (format === undefined) return json;
  const path = childPath(rootPath, 'format');
  const expected = String(target.format);
  if (typeof format !== 'number' || !Number.isInteger(format) || format < 1) {
    faults.add({ path, message: 'this is no format of a pipeline', expected, found: showJson(format) });
    return new Map([...json, ['format', target.format]]);
  }
  if (format > target.format) {
    const message = `this pipeline was written by a newer version (format ${String(format)})`;
    faults.add({ path, message, expected: `${expected} or less`, found: String(format) });
    return null;
  }
  let document = json;
  for (let from = format; from < target.format; from += 1) {
    const step = target.migrations.get(from);
    if (step === undefined) {
      const message = `format ${String(from)} is no longer supported`;
      faults.add({ path, message, expected, found: String(format) });
      return null;
    }
    document = step(document);
  }
  return document;
}
