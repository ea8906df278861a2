import { takeLock } from '../../platform/lock.js';
import { pause } from './http.js';
import type { TransferSettings } from './settings.js';
import { storageFailure } from './storage.js';

/** An owner counts as gone after half a minute of silence: should it go on after all, both write equal bytes to equal places of a file. */
const patience = { here: 30_000, elsewhere: 30_000 };
const waitBetweenLooks = 250;

/** Does `work` while this call holds the lock file. Waits for another one that holds it, and tells `reason` meanwhile. */
export async function withLock<T>(
  settings: TransferSettings,
  path: string,
  reason: string,
  work: () => Promise<T>,
): Promise<T> {
  const take = () =>
    takeLock(path, patience).catch((error: unknown) => {
      throw storageFailure(error, path, settings.elsewhere);
    });
  let lock = await take();
  while (!lock.held) {
    await pause(settings, reason, waitBetweenLooks);
    lock = await take();
  }
  try {
    return await work();
  } finally {
    await lock.release();
  }
}
