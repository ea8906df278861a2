import { readRegularFile, type FileLimit } from '../../platform/regular-file.js';
import { parseJson } from './json.js';

/** A JSON file's content, `undefined` where there is none. Throws an `InputError` where it is not JSON or not within the limit. */
export async function readJson(path: string, limit: FileLimit): Promise<unknown> {
  const bytes = await readRegularFile(path, limit);
  return bytes === undefined ? undefined : parseJson(bytes, path);
}
