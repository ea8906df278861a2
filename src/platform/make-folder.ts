import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Makes a folder and those above it, as far as they are missing. In place of the `recursive` of `mkdir`, which never ends where a file system
 * makes no folders and says of each that it is missing, as /proc does. Rejects with the error of the folder that cannot be made.
 */
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    if (await isFolder(path)) return;
    const parent = dirname(path);
    if (!isNotThere(error) || parent === path) throw error;
    await makeFolder(parent);
    await mkdir(path).catch(async (last: unknown) => {
      // Another one may have made it meanwhile.
      if (!(await isFolder(path))) throw last;
    });
  }
}

/** Whether something failed because a file or folder does not exist. */
export const isNotThere = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ENOENT';

const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
