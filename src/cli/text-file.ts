import { InputError } from '../graph/input-error.js';
import { readRegularFileSync, type FileLimit } from '../platform/regular-file.js';

/**
 * The text of a file that a flag names, to the last character: a line end at its end is part of it. Throws an
 * `InputError` that names flag and file where there is none, it is not UTF-8, or the limit refuses it.
 */
export function readTextFile(flag: string, file: string, limit: FileLimit): string {
  const bytes = bytesOf(flag, file, limit);
  if (bytes === undefined) throw new InputError(`${flag} ${file} cannot be read: there is no such file`);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new InputError(`${flag} ${file} is not UTF-8 text`);
  }
}

function bytesOf(flag: string, file: string, limit: FileLimit): Uint8Array | undefined {
  try {
    return readRegularFileSync(file, limit);
  } catch (error) {
    if (error instanceof InputError) throw new InputError(`${flag} ${error.message}`);
    throw error;
  }
}
