import { open, readdir, rename, rm, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { InputError } from '../graph/input-error.js';
import { messageOf } from '../graph/message-of.js';

/** A file that could not be written. What was there before under its name is as it was. */
export class WriteFailure extends InputError {}

/**
 * Writes a whole file or none: to a temporary file beside `path`, flushed, then renamed over it. Throws a `WriteFailure` where that cannot be
 * done, which says how many bytes the file takes where there is no room for it.
 */
export async function writeWhole(path: string, content: string | Uint8Array): Promise<void> {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  const temporary = `${path}.${String(process.pid)}.tmp`;
  try {
    const file = await open(temporary, 'w');
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw await writeFailure(path, bytes.byteLength, error);
  }
}

/** What kept a file of so many bytes from being written, as a `WriteFailure`. */
async function writeFailure(path: string, bytes: number, error: unknown): Promise<WriteFailure> {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code !== 'ENOSPC' && code !== 'EDQUOT') {
    return new WriteFailure(`${path} cannot be written (${messageOf(error)}).`, { cause: error });
  }
  const counted = (n: number): string => `${n.toLocaleString('en')} bytes`;
  // A quota leaves less than the disk has.
  const free = code === 'ENOSPC' ? await freeBytes(dirname(path)) : undefined;
  const here = free === undefined ? '' : `, and ${counted(free)} are free`;
  return new WriteFailure(`There is no room for ${path}: it takes ${counted(bytes)}${here}.`, { cause: error });
}

const freeBytes = (folder: string): Promise<number | undefined> =>
  statfs(folder).then(
    ({ bavail, bsize }) => bavail * bsize,
    () => undefined,
  );

/**
 * Removes temporary files that `writeWhole` left in a folder when its process was killed, as far as `isOurs` says so of the name of the file that
 * was to be written. For who is alone in writing these files.
 */
export async function removeTemporaries(folder: string, isOurs: (name: string) => boolean): Promise<void> {
  for (const name of await readdir(folder)) {
    const whole = /^(.+)\.\d+\.tmp$/.exec(name)?.[1];
    if (whole !== undefined && isOurs(whole)) await rm(join(folder, name), { force: true });
  }
}
