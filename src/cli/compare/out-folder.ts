import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { InputError } from '../../graph/input-error.js';
import { messageOf } from '../../graph/message-of.js';
import { ownerOf, takeLock } from '../../platform/lock.js';
import { isNotThere } from '../../platform/make-folder.js';
import { finishReplacing, replaceFiles, replacingFolder } from './replace-files.js';

/** What says in `results.json` that a folder is ours. */
export const resultKind = 'samplewire-comparison';

/** The files of a comparison. */
export const resultNames = {
  texts: 'texts.jsonl',
  figure: 'plot.svg',
  report: 'report.md',
  results: 'results.json',
} as const;

const names = Object.values(resultNames);
const lockFile = '.samplewire.lock';

/** A comparison may keep its thread busy for long: only the end of its process ends its claim. */
const patience = { here: Infinity, elsewhere: 600_000 };

const earlier = z.object({ kind: z.literal(resultKind) });

/** A folder for results, which no other process writes to meanwhile. */
export interface ResultFolder {
  readonly path: string;
  /** Puts results in place of earlier ones, all at once. Throws an `InputError` where it cannot; the earlier ones are there then. */
  write(files: ReadonlyMap<string, string>): Promise<void>;
  release(): Promise<void>;
}

/**
 * Claims a folder for results: it is made where there is none. Throws an `InputError` for one that holds anything but an earlier comparison, one
 * that another process has claimed, and one that cannot be written.
 */
export async function claimFolder(folder: string): Promise<ResultFolder> {
  const unwritable = (error: unknown): never => {
    throw new InputError(`--out ${folder} cannot be written: ${messageOf(error)}`);
  };
  await refuseStrangers(folder).catch(rethrown(unwritable));
  const lock = await takeLock(join(folder, lockFile), patience).catch(unwritable);
  if (!lock.held) {
    throw new InputError(
      `--out ${folder} is in use by ${ownerOf(lock)}: wait for its end, or name another folder. ` +
        `If that process compares no longer, delete ${join(folder, lockFile)}`,
    );
  }
  try {
    await finishReplacing(folder, names);
    await refuseStrangers(folder);
  } catch (error) {
    await lock.release();
    return rethrown(unwritable)(error);
  }
  return {
    path: folder,
    write: (files) => replaceFiles(folder, files, names).catch(unwritable),
    release: () => lock.release(),
  };
}

/** Hands an error on that is in words already. */
const rethrown =
  (otherwise: (error: unknown) => never) =>
  (error: unknown): never => {
    if (error instanceof InputError) throw error;
    return otherwise(error);
  };

/** Throws an `InputError` where a folder holds anything but an earlier comparison, be it one that is being replaced. */
async function refuseStrangers(folder: string): Promise<void> {
  const entries = await readdir(folder).catch((error: unknown): string[] => {
    if (isNotThere(error)) return [];
    throw error;
  });
  const strangers = entries.filter((name) => name !== lockFile);
  if (strangers.length === 0 || entries.includes(replacingFolder) || (await holdsComparison(folder))) return;
  throw new InputError(
    `--out ${folder} is not empty and holds no earlier comparison (${strangers.slice(0, 3).join(', ')}` +
      `${strangers.length > 3 ? ', ...' : ''}); name another folder`,
  );
}

async function holdsComparison(folder: string): Promise<boolean> {
  try {
    const json: unknown = JSON.parse(await readFile(join(folder, resultNames.results), 'utf8'));
    return earlier.safeParse(json).success;
  } catch {
    return false;
  }
}
