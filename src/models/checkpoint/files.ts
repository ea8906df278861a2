import { readFile } from 'node:fs/promises';
import { InputError } from '../../graph/input-error.js';
import { messageOf } from '../../graph/message-of.js';
import { parseJson } from './json.js';

/** Whether an error of `node:fs` says that the file, or a folder on the way to it, does not exist. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}

/**
 * A file's content, `undefined` where there is no such file. Throws an `InputError` where there is something that
 * can't be read, such as a folder.
 */
export async function readBytes(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw new InputError(`${path} cannot be read (${messageOf(error)}).`);
  }
}

/** A JSON file's content, `undefined` where there is none. Throws an `InputError` where it is not JSON. */
export async function readJson(path: string): Promise<unknown> {
  const bytes = await readBytes(path);
  return bytes === undefined ? undefined : parseJson(bytes, path);
}
