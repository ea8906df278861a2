import { InputError } from '../../graph/input-error.js';
import type { HubOptions } from './settings.js';

/**
 * Brings files of a model repository into the cache that the tools of the hub share, and gives the folder that stands for
 * the repository's root at that revision: `join(folder, path)` is each file. Files that are there cost no download, and none
 * of it any request where `revision` is a commit. Throws an `InputError` for everything a person can mend.
 *
 * @param repo `org/repo`
 * @param revision a branch, a tag or a commit
 * @param paths of files in the repository, with forward slashes
 */
export function fetchFiles(
  repo: string,
  revision: string,
  paths: readonly string[],
  options: HubOptions = {},
): Promise<string> {
  return Promise.reject(
    new InputError(`the hub cannot be reached yet: ${repo}@${revision} ${paths.join()} ${String(options.endpoint)}`),
  );
}
