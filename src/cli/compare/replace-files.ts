import { copyFile, mkdir, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isNotThere } from '../../platform/make-folder.js';

/** What lies in a folder while its files are replaced. */
export const replacingFolder = '.samplewire-replacing';

const paths = (folder: string) => {
  const inside = join(folder, replacingFolder);
  return {
    inside,
    earlier: join(inside, 'earlier'),
    later: join(inside, 'later'),
    /** A link to one of the two: the one whose files count. */
    chosen: join(inside, 'chosen'),
    next: join(inside, 'next'),
  };
};

/**
 * Puts files in place of those of the same names, and removes those of `names` that are not among them, all in one moment: whoever looks at the
 * folder, also after the process was killed at any place, finds all earlier files or all later ones. First every name becomes a link that leads to
 * its earlier file through one link that they share; then that one is turned to the later files; then the files take the place of the links.
 * Where a file system has no links, files are replaced one after the other. `finishReplacing` must have been called.
 */
export async function replaceFiles(
  folder: string,
  files: ReadonlyMap<string, string>,
  names: readonly string[],
): Promise<void> {
  const { inside, earlier, later, chosen, next } = paths(folder);
  try {
    for (const path of [inside, earlier, later]) await mkdir(path);
    for (const [name, text] of files) await writeFile(join(later, name), text, { flush: true });
    if (await linked('earlier', chosen)) {
      for (const name of names) await copyFile(join(folder, name), join(earlier, name)).catch(unlessNotThere);
      for (const name of names) {
        await symlink(join(replacingFolder, 'chosen', name), next);
        await rename(next, join(folder, name));
      }
      await symlink('later', next);
      await rename(next, chosen);
    } else {
      for (const name of names) {
        if (files.has(name)) await rename(join(later, name), join(folder, name));
        else await rm(join(folder, name), { force: true });
      }
    }
  } finally {
    await finishReplacing(folder, names);
  }
}

/** Ends what a process that was killed had begun: files take the place of links, those that the links led to. */
export async function finishReplacing(folder: string, names: readonly string[]): Promise<void> {
  const { inside, chosen } = paths(folder);
  for (const name of names) {
    const path = join(folder, name);
    if ((await readlink(path).catch(() => '')) !== join(replacingFolder, 'chosen', name)) continue;
    await rename(join(chosen, name), path).catch(async (error: unknown) => {
      unlessNotThere(error);
      // The files that count have none of that name.
      await rm(path);
    });
  }
  await rm(inside, { recursive: true, force: true });
}

/** Makes a link; false where the file system has none, or, as on Windows, not for everyone. */
async function linked(target: string, path: string): Promise<boolean> {
  try {
    await symlink(target, path);
    return true;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EPERM' || code === 'ENOSYS' || code === 'ENOTSUP' || code === 'EOPNOTSUPP') return false;
    throw error;
  }
}

function unlessNotThere(error: unknown): void {
  if (!isNotThere(error)) throw error;
}
