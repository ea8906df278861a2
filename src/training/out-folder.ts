import { access, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError } from '../graph/input-error.js';
import { messageOf } from '../graph/message-of.js';
import { isMissing } from '../platform/regular-file.js';
import { ownerOf, takeLock, type HeldLock } from '../platform/lock.js';
import { removeTemporaries } from '../platform/whole-file.js';
import { checkpointFiles, isExported } from './export.js';
import { folderOf, isRunFile } from './run-files.js';

/** A long step gives no sign of life, and a process that is halted goes on some day: only its end ends its claim. */
const patience = { here: Infinity, elsewhere: 600_000 };

/** Throws an `InputError` when a folder holds files of a checkpoint, which a new run would write over. Foreign files are fine. */
export async function refuseCheckpoint(out: string): Promise<void> {
  const found: string[] = [];
  for (const name of checkpointFiles) {
    if (await exists(join(out, name))) found.push(name);
  }
  if (found.length > 0) {
    throw new InputError(
      `${out} already holds ${found.join(', ')}, which training would overwrite: choose another folder with --out.`,
    );
  }
}

/**
 * Makes the folders of a run and takes the lock by which other processes know that a run is at work there. Clears away what a process that was
 * killed left half written. Throws an `InputError` when another process is at work there, or when a file cannot be written, so that this is found
 * before the training and not after it.
 */
export async function claimFolder(out: string): Promise<HeldLock> {
  const inside = folderOf(out);
  const path = join(inside, 'run.lock');
  const lock = await takeLock(path, patience).catch(unwritable(out));
  if (!lock.held) {
    throw new InputError(
      `${out} is in use by ${ownerOf(lock)}: wait for its end, or choose another folder with --out. ` +
        `If that process trains no longer, delete ${path}.`,
    );
  }
  try {
    const probe = join(out, `.probe.${process.pid}.tmp`);
    await writeFile(probe, '');
    await rm(probe);
    await removeTemporaries(out, (name) => isExported(name) || name === '.probe');
    await removeTemporaries(inside, (name) => isRunFile(name) || name === '.probe');
    return lock;
  } catch (error) {
    await lock.release();
    return unwritable(out)(error);
  }
}

const unwritable =
  (out: string) =>
  (error: unknown): never => {
    throw new InputError(`${out} cannot be written (${messageOf(error)}): choose another folder with --out.`);
  };

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch (error) {
    // Whatever can't be looked at counts as there.
    return !isMissing(error);
  }
}
