import { closeSync, constants, fstatSync, openSync, readSync, statSync, type Stats } from 'node:fs';
import { open, stat, type FileHandle } from 'node:fs/promises';
import { InputError } from '../graph/input-error.js';
import { messageOf } from '../graph/message-of.js';

/** What a file has to be before it is read. */
export interface FileLimit {
  /** The kind of file with its article, for messages: `a pipeline document`. */
  readonly what: string;
  /** The most bytes that it may have. */
  readonly most: number;
}

/**
 * Opening neither waits for the other end of a pipe nor takes a terminal over. Windows lacks both of these flags: they are
 * undefined there and add nothing.
 */
const flags = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY;

/**
 * The bytes of a file that came from outside, `undefined` where there is none. Links are followed. Rejects with an
 * `InputError` for a folder, a pipe, a socket or a device, for a file of more than `limit.most` bytes, and for one that
 * cannot be read; nothing is read of those.
 */
export async function readRegularFile(path: string, limit: FileLimit): Promise<Buffer | undefined> {
  const file = await openRegularFile(path, limit);
  if (file === undefined) return undefined;
  const bytes = Buffer.alloc(file.size);
  let end = 0;
  try {
    while (end < bytes.length) {
      const { bytesRead } = await file.handle.read(bytes, end, bytes.length - end, end);
      if (bytesRead === 0) break;
      end += bytesRead;
    }
    return bytes.subarray(0, end);
  } catch (error) {
    throw unreadable(path, error);
  } finally {
    await file.handle.close();
  }
}

/** An open file, which the caller closes. */
export interface RegularFile {
  readonly handle: FileHandle;
  /** Bytes. */
  readonly size: number;
}

/** `readRegularFile` for callers that read parts of the file. */
export async function openRegularFile(path: string, limit: FileLimit): Promise<RegularFile | undefined> {
  try {
    // A device may act on being opened, so the path is looked at first.
    checkStats(path, await stat(path), limit);
    const handle = await open(path, flags);
    try {
      // The path may lead elsewhere by the time of opening.
      const stats = await handle.stat();
      checkStats(path, stats, limit);
      return { handle, size: stats.size };
    } catch (error) {
      await handle.close();
      throw error;
    }
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw unreadable(path, error);
  }
}

/** `readRegularFile` for callers that cannot wait. Throws what that rejects with. */
export function readRegularFileSync(path: string, limit: FileLimit): Buffer | undefined {
  try {
    checkStats(path, statSync(path), limit);
    const file = openSync(path, flags);
    try {
      const stats = fstatSync(file);
      checkStats(path, stats, limit);
      const bytes = Buffer.alloc(stats.size);
      let end = 0;
      while (end < bytes.length) {
        const bytesRead = readSync(file, bytes, end, bytes.length - end, end);
        if (bytesRead === 0) break;
        end += bytesRead;
      }
      return bytes.subarray(0, end);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw unreadable(path, error);
  }
}

function checkStats(path: string, stats: Stats, { what, most }: FileLimit): void {
  if (!stats.isFile()) throw new InputError(`${path} is ${kindOf(stats)}; ${what} must be a regular file.`);
  if (stats.size > most) {
    throw new InputError(`${path} has ${stats.size} bytes; ${what} may have ${most} at most.`);
  }
}

function kindOf(stats: Stats): string {
  if (stats.isDirectory()) return 'a folder';
  if (stats.isFIFO()) return 'a pipe';
  return stats.isSocket() ? 'a socket' : 'a device';
}

function unreadable(path: string, error: unknown): InputError {
  return error instanceof InputError ? error : new InputError(`${path} cannot be read (${messageOf(error)}).`);
}

/** Whether an error of `node:fs` says that the file, or a folder on the way to it, does not exist. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}
