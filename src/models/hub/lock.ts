import { readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { makeFolder } from '../make-folder.js';
import { pause } from './http.js';
import type { TransferSettings } from './settings.js';
import { storageFailure } from './storage.js';

/** Milliseconds between signs of life, and without one after which the owner counts as gone. */
const signOfLife = 5_000;
const longestSilence = 30_000;
const waitBetweenLooks = 250;

/**
 * Does `work` while this process, and in it this call, is the only one that holds the lock file. One whose owner is gone is
 * taken over; who waits is told `reason`. Should two take over the same one in the same instant, both work on the file that is locked: they write
 * equal bytes to equal places of it, and its hash is checked.
 */
export async function withLock<T>(
  settings: TransferSettings,
  path: string,
  reason: string,
  work: () => Promise<T>,
): Promise<T> {
  await makeFolder(dirname(path)).catch((error: unknown) => {
    throw storageFailure(error, path, settings.elsewhere);
  });
  while (!(await take(settings, path))) {
    if (await isAbandoned(path)) await rm(path, { force: true });
    else await pause(settings, reason, waitBetweenLooks);
  }
  const living = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => undefined);
  }, signOfLife);
  try {
    return await work();
  } finally {
    clearInterval(living);
    await rm(path, { force: true });
  }
}

async function take({ elsewhere }: TransferSettings, path: string): Promise<boolean> {
  try {
    await writeFile(path, owner(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw storageFailure(error, path, elsewhere);
  }
}

const owner = (pid: number): string => `${String(pid)} ${hostname()}`;

async function isAbandoned(path: string): Promise<boolean> {
  try {
    const text = await readFile(path, 'utf8');
    const { mtimeMs } = await stat(path);
    if (Date.now() - mtimeMs > longestSilence) return true;
    const pid = Number.parseInt(text, 10);
    return text === owner(pid) && !isRunning(pid);
  } catch {
    // It went in this moment.
    return false;
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
