import { InputError } from '../../graph/input-error.js';
import { didYouMean, listing } from '../../graph/names.js';
import { provide } from './provide.js';
import { checkPlace } from './reference.js';
import { listFiles, type RemoteFile } from './repository.js';
import { settingsOf, type HubOptions } from './settings.js';

/**
 * Brings files of a model repository into the cache that the tools of the hub share, and gives the folder that stands for
 * the repository's root at that revision: `join(folder, path)` is each file. Files that are there cost no download, and none
 * of it any request where `revision` is a commit. Throws an `InputError` for everything a person can mend.
 *
 * @param repo `org/repo`
 * @param revision a branch, a tag or a commit
 * @param paths of files in the repository, with forward slashes
 */
export async function fetchFiles(
  repo: string,
  revision: string,
  paths: readonly string[],
  options: HubOptions = {},
): Promise<string> {
  checkPlace(repo, revision, paths);
  const settings = await settingsOf(options);
  const wanted = { repo, revision, required: paths, optional: [], name: `${listing(paths)} of ${repo}@${revision}` };
  return provide(settings, wanted, async (commit) => {
    const folders = new Set(paths.map((path) => path.split('/').slice(0, -1).join('/')));
    const files: RemoteFile[] = [];
    for (const folder of folders) files.push(...(await listFiles(settings, { repo, revision: commit }, folder)));
    const names = files.map(({ path }) => path);
    const missing = paths.find((path) => !names.includes(path));
    if (missing === undefined) return files;
    throw new InputError(`${repo} has no ${missing} at revision ${revision}${didYouMean(missing, names)}`);
  });
}
