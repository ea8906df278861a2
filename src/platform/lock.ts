import { randomUUID } from 'node:crypto';
import { open, readFile, rm, stat, utimes } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isNotThere, makeFolder } from './make-folder.js';

/** A lock that this call holds. */
export interface HeldLock {
  readonly held: true;
  /** Gives the lock back. */
  release(): Promise<void>;
}

/** A lock that another one holds. */
export interface ForeignLock {
  readonly held: false;
  readonly pid: number;
  readonly host: string;
  /** When it was taken, as an ISO date; `null` where the file does not say. */
  readonly since: string | null;
}

/** Who holds a lock, in words: `process 4711 on a-machine since 2026-03-01T12:00:00.000Z`. */
export const ownerOf = ({ pid, host, since }: ForeignLock): string =>
  `process ${String(pid)} on ${host}${since === null ? '' : ` since ${since}`}`;

/** Milliseconds without a sign of life after which an owner counts as gone, although nothing says that its process has ended. */
export interface Patience {
  /** For a running process of this machine. One that computes for long without a pause gives no sign of life meanwhile. */
  readonly here: number;
  /** For a process of another machine, which cannot be looked at. */
  readonly elsewhere: number;
}

/** Milliseconds between signs of life. */
const signOfLife = 5_000;

/** Milliseconds after which a process that clears away a lock counts as gone, and between two looks at one. */
const longestClearing = 10_000;
const waitForClearing = 10;

/** What this thread holds, as the texts of lock files. */
const heldHere = new Set<string>();

/**
 * Takes a lock file, and makes the folders above it. The lock of an owner that is gone is taken over; of several that try so at once, one
 * succeeds. Says who holds the lock where another one does. Rejects where the file cannot be written.
 */
export async function takeLock(path: string, patience: Patience): Promise<HeldLock | ForeignLock> {
  await makeFolder(dirname(path));
  const text = `${String(process.pid)} ${hostname()} ${new Date().toISOString()} ${randomUUID()}`;
  while (!(await create(path, text))) {
    const found = await look(path);
    if (found === undefined) continue;
    if (!(await isGone(found, patience))) return found.owner;
    await clear(path, patience);
  }
  heldHere.add(text);
  const living = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => undefined);
  }, signOfLife);
  living.unref();
  return {
    held: true,
    release: async () => {
      clearInterval(living);
      heldHere.delete(text);
      // Who was silent for too long may have lost the lock to another one.
      if ((await look(path))?.text === text) await rm(path, { force: true });
    },
  };
}

/** Makes the file; false where there is one. */
async function create(path: string, text: string): Promise<boolean> {
  let file;
  try {
    file = await open(path, 'wx');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
  try {
    await file.writeFile(text);
    return true;
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  } finally {
    await file.close();
  }
}

interface Found {
  readonly text: string;
  readonly owner: ForeignLock;
  /** Milliseconds since the last sign of life. */
  readonly silence: number;
}

/** Reads a lock file; `undefined` where there is none any more. */
async function look(path: string): Promise<Found | undefined> {
  try {
    const text = await readFile(path, 'utf8');
    const [pid = '', host = '', since = null] = text.split(' ');
    const { mtimeMs } = await stat(path);
    return {
      text,
      owner: { held: false, pid: Number.parseInt(pid, 10), host, since },
      silence: Date.now() - mtimeMs,
    };
  } catch (error) {
    if (isNotThere(error)) return undefined;
    throw error;
  }
}

async function isGone({ text, owner, silence }: Found, patience: Patience): Promise<boolean> {
  if (heldHere.has(text)) return false;
  const { pid, host, since } = owner;
  if (host !== hostname()) return silence > patience.elsewhere;
  if (pid === process.pid && since !== null) {
    // After a restart of a container, the same number belongs to another process.
    const begun = Date.now() - 1000 * process.uptime();
    if (Date.parse(since) < begun - 1000) return true;
  }
  return silence > patience.here || !(await isRunning(pid));
}

async function isRunning(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
  // Linux keeps a process that has ended until its parent asks for its exit code, which some parents never do.
  const stat = await readFile(`/proc/${String(pid)}/stat`, 'utf8').catch(() => '');
  return !/\) [ZX] [^)]*$/.test(stat);
}

/**
 * Removes a lock file whose owner is gone. Only one process at a time does so: another one might otherwise remove the lock that the first has
 * taken meanwhile.
 */
async function clear(path: string, patience: Patience): Promise<void> {
  const guard = `${path}.clearing`;
  if (!(await create(guard, ''))) {
    const found = await look(guard);
    if (found !== undefined && found.silence > longestClearing) await rm(guard, { force: true });
    else await sleep(waitForClearing);
    return;
  }
  try {
    const found = await look(path);
    if (found !== undefined && (await isGone(found, patience))) await rm(path, { force: true });
  } finally {
    await rm(guard, { force: true });
  }
}
