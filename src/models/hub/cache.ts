import { randomUUID } from 'node:crypto';
import { copyFile, link, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { isMissing, readRegularFile } from '../../platform/regular-file.js';
import { makeFolder } from '../../platform/make-folder.js';
import { isCommit } from './reference.js';
import type { ContentHash, RemoteFile } from './repository.js';
import { storageFailure } from './storage.js';

/**
 * A repository's part of the cache that the hub's tools share (huggingface.co/docs/hub/local-cache): contents by their hash in
 * `blobs`, commits of branches in `refs`, and in `snapshots/<commit>` the repository's tree as links to contents.
 */
export interface RepositoryCache {
  /** `models--org--repo` */
  readonly folder: string;
  readonly blob: (file: RemoteFile) => string;
  readonly lock: (file: RemoteFile) => string;
  /** Where it is noted down that a content has been read and was right. */
  readonly intact: (hash: ContentHash) => string;
  readonly snapshot: (commit: string) => string;
}

export function cacheOf(cache: string, repo: string): RepositoryCache {
  const name = `models--${repo.replace('/', '--')}`;
  const folder = join(cache, name);
  return {
    folder,
    blob: ({ hash }) => join(folder, 'blobs', hash.hex),
    // Beside the lock of the Python tools, which is one of the kernel's that Node cannot take.
    lock: ({ hash }) => join(cache, '.locks', name, `${hash.hex}.samplewire.lock`),
    intact: ({ hex }) => join(cache, '.locks', name, `${hex}.samplewire.intact`),
    snapshot: (commit) => join(folder, 'snapshots', commit),
  };
}

const inside = (folder: string, path: string): string => join(folder, ...path.split('/'));

/** Where a file of a commit lies when it is here. */
export const pathIn = (cache: RepositoryCache, commit: string, path: string): string =>
  inside(cache.snapshot(commit), path);

/** The commit that a revision stood for when it was last asked for, `undefined` where that is not known. */
export async function knownCommit(cache: RepositoryCache, revision: string): Promise<string | undefined> {
  if (isCommit(revision)) return revision;
  const limit = { what: 'a reference of the cache', most: 1000 };
  const text = (await readRegularFile(refPath(cache, revision), limit).catch(() => undefined))?.toString().trim();
  return text !== undefined && isCommit(text) ? text : undefined;
}

export async function rememberCommit(cache: RepositoryCache, revision: string, commit: string): Promise<void> {
  if (isCommit(revision) || (await knownCommit(cache, revision)) === commit) return;
  await intoPlace(refPath(cache, revision), (path) => writeFile(path, commit));
}

const refPath = (cache: RepositoryCache, revision: string): string => inside(join(cache.folder, 'refs'), revision);

/** Whether a file is here, the file behind a link counting. */
export const isPresent = async (path: string): Promise<boolean> => (await sizeOf(path)) !== undefined;

/** Bytes of a file, `undefined` where there is none. */
export async function sizeOf(path: string): Promise<number | undefined> {
  try {
    const found = await stat(path);
    return found.isFile() ? found.size : undefined;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw storageFailure(error, path);
  }
}

/** Whether the repository is known to have no such file at a commit. */
export const isKnownAbsent = (cache: RepositoryCache, commit: string, path: string): Promise<boolean> =>
  isPresent(absencePath(cache, commit, path));

/** Notes it down as the Python tools do, so that nobody has to ask again. */
export async function rememberAbsence(cache: RepositoryCache, commit: string, path: string): Promise<void> {
  const note = absencePath(cache, commit, path);
  if (!(await isPresent(note))) await intoPlace(note, (temporary) => writeFile(temporary, ''));
}

const absencePath = (cache: RepositoryCache, commit: string, path: string): string =>
  inside(join(cache.folder, '.no_exist', commit), path);

/** Puts a content that is in `blobs` into a commit's tree. */
export async function linkInto(cache: RepositoryCache, commit: string, file: RemoteFile): Promise<void> {
  const path = pathIn(cache, commit, file.path);
  const blob = cache.blob(file);
  // Relative, so that the cache can be moved.
  const target = relative(dirname(path), blob);
  await intoPlace(path, async (temporary) => {
    // Windows allows links to some people only, and some file systems have none.
    await symlink(target, temporary).catch(() => link(blob, temporary).catch(() => copyFile(blob, temporary)));
  });
}

/** Makes a file under another name and moves it: whoever looks, also another process, sees all of it or nothing. */
async function intoPlace(path: string, make: (temporary: string) => Promise<void>): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    await makeFolder(dirname(path));
    await make(temporary);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw storageFailure(error, path);
  }
}
