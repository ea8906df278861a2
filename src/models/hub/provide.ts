import {
  cacheOf,
  isKnownAbsent,
  isPresent,
  knownCommit,
  linkInto,
  pathIn,
  rememberAbsence,
  rememberCommit,
  type RepositoryCache,
} from './cache.js';
import { downloadBlob } from './download.js';
import { PassingFailure } from './http.js';
import { hashInName, isIntact } from './intact.js';
import { offlineRefusal, unreachableRefusal, type Place } from './refusals.js';
import { commitOf, type RemoteFile } from './repository.js';
import type { HubSettings } from './settings.js';

/** What is to be brought from a repository. Paths are those in the repository. */
export interface Wanted extends Place {
  /** In the order in which they come: what makes a folder look whole last. */
  readonly required: readonly string[];
  /** Brought where the repository has them, before the others. */
  readonly optional: readonly string[];
  /** How the whole is named to people. */
  readonly name: string;
}

/** The files of a commit that are wanted and exist. Throws where a required one is not among them. */
export type Choose = (commit: string) => Promise<readonly RemoteFile[]>;

/** Brings what is wanted into the cache and gives the folder that stands for the repository's root. */
export async function provide(settings: HubSettings, wanted: Wanted, choose: Choose): Promise<string> {
  const cache = cacheOf(settings.cache, wanted.repo);
  const known = await knownCommit(cache, wanted.revision);
  if (known === wanted.revision && (await isComplete(cache, known, wanted))) return cache.snapshot(known);
  const usable = known !== undefined && (await hasRequired(cache, known, wanted)) ? cache.snapshot(known) : undefined;
  if (settings.offline !== null) {
    if (usable === undefined) throw offlineRefusal(settings, wanted.name);
    return usable;
  }
  const found = await look(settings, wanted, cache, choose, usable !== undefined);
  if (!(found instanceof PassingFailure)) {
    if (found.files !== null) await bring(settings, wanted, cache, found.commit, found.files);
    await rememberCommit(cache, wanted.revision, found.commit);
    return cache.snapshot(found.commit);
  }
  if (usable === undefined) throw unreachableRefusal(settings, found, wanted.name);
  settings.tell({ type: 'cached', reason: found.message, folder: usable });
  return usable;
}

/** What the revision is now and which of its files are wanted, `null` where the cache has them all. */
async function look(
  settings: HubSettings,
  wanted: Wanted,
  cache: RepositoryCache,
  choose: Choose,
  replaceable: boolean,
): Promise<{ readonly commit: string; readonly files: readonly RemoteFile[] | null } | PassingFailure> {
  try {
    // Where the cache can stand in, nobody should wait long for a network that is not there.
    const commit = await commitOf(settings, wanted, { delays: replaceable ? [] : settings.retryDelays });
    return { commit, files: (await isComplete(cache, commit, wanted)) ? null : await choose(commit) };
  } catch (error) {
    if (error instanceof PassingFailure) return error;
    throw error;
  }
}

async function bring(
  settings: HubSettings,
  { repo, required, optional }: Wanted,
  cache: RepositoryCache,
  commit: string,
  files: readonly RemoteFile[],
): Promise<void> {
  const downloaded: RemoteFile[] = [];
  for (const path of [...optional, ...required]) {
    const file = files.find((candidate) => candidate.path === path);
    if (file === undefined) {
      await rememberAbsence(cache, commit, path);
    } else if (!(await isIntact(cache, pathIn(cache, commit, path), file.hash))) {
      if (await downloadBlob(settings, cache, { repo, revision: commit }, file)) downloaded.push(file);
      await linkInto(cache, commit, file);
    }
  }
  if (downloaded.length === 0) return;
  settings.tell({
    type: 'finished',
    source: `${settings.endpoint}/${repo}`,
    commit,
    files: downloaded.map(({ path }) => path),
    bytes: downloaded.reduce((sum, { size }) => sum + size, 0),
    folder: cache.folder,
  });
}

const hasRequired = (cache: RepositoryCache, commit: string, { required }: Wanted): Promise<boolean> =>
  every(required, (path) => isHere(cache, commit, path));

/** Whether a file is here, and intact as far as its name says what it has to be: copies, on disks without links, do not. */
async function isHere(cache: RepositoryCache, commit: string, name: string): Promise<boolean> {
  const path = pathIn(cache, commit, name);
  const hash = await hashInName(path);
  return hash === undefined ? isPresent(path) : isIntact(cache, path, hash);
}

/** Whether nothing is left to ask: each file is here or known not to exist. */
const isComplete = async (cache: RepositoryCache, commit: string, wanted: Wanted): Promise<boolean> =>
  (await hasRequired(cache, commit, wanted)) &&
  (await every(
    wanted.optional,
    async (path) => (await isHere(cache, commit, path)) || isKnownAbsent(cache, commit, path),
  ));

async function every<T>(items: readonly T[], holds: (item: T) => Promise<boolean>): Promise<boolean> {
  for (const item of items) if (!(await holds(item))) return false;
  return true;
}
