import { access, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError } from '../graph/input-error.js';
import { messageOf } from '../graph/message-of.js';
import { isMissing } from '../platform/regular-file.js';
import { makeFolder } from '../models/make-folder.js';
import { folderOf } from './run-files.js';

/** Throws an `InputError` when a folder holds files of a checkpoint, which a new run would write over. Foreign files are fine. */
export async function refuseCheckpoint(out: string): Promise<void> {
  const found: string[] = [];
  for (const name of ['config.json', 'model.safetensors', 'tokenizer.json']) {
    if (await exists(join(out, name))) found.push(name);
  }
  if (found.length > 0) {
    throw new InputError(
      `${out} already holds ${found.join(', ')}, which training would overwrite: choose another folder with --out.`,
    );
  }
}

/**
 * Makes the folders of a run and writes a file in each, so that a folder that can't be written is found before
 * the training and not after it. Throws an `InputError` with the reason.
 */
export async function makeWritable(out: string): Promise<void> {
  try {
    await makeFolder(folderOf(out));
    for (const folder of [out, folderOf(out)]) {
      const probe = join(folder, `.probe.${process.pid}.tmp`);
      await writeFile(probe, '');
      await rm(probe);
    }
  } catch (error) {
    throw new InputError(`${out} cannot be written (${messageOf(error)}): choose another folder with --out.`);
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch (error) {
    // Whatever can't be looked at counts as there.
    return !isMissing(error);
  }
}
