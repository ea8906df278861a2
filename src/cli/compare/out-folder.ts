import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { InputError } from '../../graph/input-error.js';
import { messageOf } from '../../graph/message-of.js';
import { makeFolder } from '../../models/make-folder.js';

/** What says in `results.json` that a folder is ours. */
export const resultKind = 'samplewire-comparison';

export const resultsFile = 'results.json';

const earlier = z.object({ kind: z.literal(resultKind) });

/**
 * Makes sure that results can be written to a folder: it is made where there is none. Throws an `InputError` for one that
 * holds anything but an earlier comparison, and for one that cannot be written.
 */
export async function claimFolder(folder: string): Promise<void> {
  const probe = join(folder, `.probe.${String(process.pid)}.tmp`);
  try {
    await makeFolder(folder);
    await writeFile(probe, '');
    await rm(probe);
  } catch (error) {
    throw new InputError(`--out ${folder} cannot be written: ${messageOf(error)}`);
  }
  const entries = await readdir(folder);
  if (entries.length === 0 || (await holdsComparison(folder))) return;
  throw new InputError(
    `--out ${folder} is not empty and holds no earlier comparison (${entries.slice(0, 3).join(', ')}` +
      `${entries.length > 3 ? ', ...' : ''}); name another folder`,
  );
}

async function holdsComparison(folder: string): Promise<boolean> {
  try {
    const json: unknown = JSON.parse(await readFile(join(folder, resultsFile), 'utf8'));
    return earlier.safeParse(json).success;
  } catch {
    return false;
  }
}

/** Writes files, each whole or not at all, over those of the same names. Throws an `InputError` where it cannot. */
export async function writeFiles(folder: string, files: ReadonlyMap<string, string>): Promise<void> {
  try {
    for (const [name, text] of files) {
      const temporary = join(folder, `.${name}.${String(process.pid)}.tmp`);
      await writeFile(temporary, text);
      await rename(temporary, join(folder, name));
    }
  } catch (error) {
    throw new InputError(`--out ${folder} cannot be written: ${messageOf(error)}`);
  }
}
