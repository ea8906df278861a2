import { realpath, stat, writeFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { isMissing, readRegularFile } from '../../platform/regular-file.js';
import { makeFolder } from '../../platform/make-folder.js';
import type { RepositoryCache } from './cache.js';
import type { ContentHash } from './repository.js';
import { storageFailure } from './storage.js';
import { isRight } from './transfer.js';

/**
 * Whether a file of the cache has the content that its hash says. A disk that fails and a tool that was killed leave the right size and
 * other bytes. What has been read and was right is noted down with the file's size, times and place on the disk, so that large
 * files are read once.
 */
export async function isIntact(cache: RepositoryCache, path: string, hash: ContentHash): Promise<boolean> {
  const marks = await marksOf(path);
  if (marks === undefined) return false;
  const note = cache.intact(hash);
  if (marks.text === (await noted(note))) return true;
  if (!(await isRight(path, { size: marks.size, hash }))) return false;
  await noteDown(note, marks.text);
  return true;
}

/** The hash that names the content behind a link; `undefined` where a file is none, or is named otherwise. */
export async function hashInName(path: string): Promise<ContentHash | undefined> {
  const hex = basename(await realpath(path).catch(() => ''));
  if (/^[0-9a-f]{64}$/.test(hex)) return { kind: 'sha256', hex };
  return /^[0-9a-f]{40}$/.test(hex) ? { kind: 'git-sha1', hex } : undefined;
}

/** What changes when a file does. */
async function marksOf(path: string): Promise<{ readonly size: number; readonly text: string } | undefined> {
  try {
    const found = await stat(path);
    if (!found.isFile()) return undefined;
    const { size, ino, mtimeMs, ctimeMs } = found;
    return { size, text: [size, ino, mtimeMs, ctimeMs].join(' ') };
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw storageFailure(error, path);
  }
}

const noted = async (note: string): Promise<string | undefined> =>
  (await readRegularFile(note, { what: 'a note on the cache', most: 1000 }).catch(() => undefined))?.toString();

/** A cache that cannot be written is read anew each time. */
async function noteDown(note: string, text: string): Promise<void> {
  try {
    await makeFolder(dirname(note));
    await writeFile(note, text);
  } catch {
    return;
  }
}
