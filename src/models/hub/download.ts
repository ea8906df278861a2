import { rename } from 'node:fs/promises';
import { InputError } from '../../graph/input-error.js';
import type { RepositoryCache } from './cache.js';
import { isIntact } from './intact.js';
import { withLock } from './lock.js';
import { refusalOf, type Place } from './refusals.js';
import { contentUrl, type RemoteFile } from './repository.js';
import type { HubSettings } from './settings.js';
import { storageFailure } from './storage.js';
import { transfer, type Source } from './transfer.js';

/**
 * Brings a file's content into `blobs` of the cache, unless it is there and intact, and says whether that took a download. Bytes go to
 * `<hash>.incomplete`, where a later call goes on after an abort or a failure; the file gets its name when size and hash are
 * right, and is deleted when they are not.
 */
export async function downloadBlob(
  settings: HubSettings,
  cache: RepositoryCache,
  place: Place,
  file: RemoteFile,
): Promise<boolean> {
  const blob = cache.blob(file);
  if (await isIntact(cache, blob, file.hash)) return false;
  return withLock(settings, cache.lock(file), `another process is downloading ${file.path}`, async () => {
    if (await isIntact(cache, blob, file.hash)) return false;
    const partial = `${blob}.incomplete`;
    const source: Source = {
      url: contentUrl(settings, place, file.path),
      refusal: (response) => refusalOf(settings, response, place, file.path),
      wrongContent: () => wrongContent(settings, place, file),
    };
    await transfer(settings, file, source, partial);
    await rename(partial, blob).catch((error: unknown) => {
      throw storageFailure(error, blob);
    });
    return true;
  });
}

const wrongContent = ({ endpoint }: HubSettings, { repo }: Place, { path, size, hash }: RemoteFile): InputError =>
  new InputError(
    `What ${endpoint} sent for ${path} of ${repo} is not what it lists: ${String(size)} bytes with ${hash.kind} ` +
      `${hash.hex}. It was deleted; try again.`,
  );
