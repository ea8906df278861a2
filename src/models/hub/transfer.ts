import { createHash } from 'node:crypto';
import { constants, createReadStream } from 'node:fs';
import { open, rm, statfs, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { InputError } from '../../graph/input-error.js';
import { makeFolder } from '../../platform/make-folder.js';
import { sizeOf } from './cache.js';
import { PassingFailure, hostOf, leastBytes, request, withRetries } from './http.js';
import { meterOf, type Meter } from './meter.js';
import { brokenDownload } from './refusals.js';
import type { RemoteFile } from './repository.js';
import type { TransferSettings } from './settings.js';
import { diskFull, storageFailure } from './storage.js';

/** Where a file comes from, and what to say when it does not. */
export interface Source {
  readonly url: string;
  /** For an answer that is no file. */
  readonly refusal: (response: Response) => InputError;
  /** For content that is not the file's. It has been deleted by then. */
  readonly wrongContent: () => InputError;
}

/**
 * Downloads a file to `partial` and goes on with what an abort or a failure has left there. When it returns, size and hash are
 * right; what is wrong is deleted.
 *
 * Written over `fetch`: the hub's own client (@huggingface/hub) begins each download anew and checks neither size nor hash.
 */
export async function transfer(
  settings: TransferSettings,
  file: RemoteFile,
  source: Source,
  partial: string,
): Promise<void> {
  for (;;) {
    const resumed = await complete(settings, file, source, partial);
    if (await isRight(partial, file)) return;
    await rm(partial, { force: true });
    // What was wrong may be the bytes of an earlier call, or of another tool: one whole download tells.
    if (!resumed) throw source.wrongContent();
  }
}

/** Downloads what the partial file lacks, over as many connections as it takes. Says whether it began with something. */
async function complete(
  settings: TransferSettings,
  file: RemoteFile,
  source: Source,
  partial: string,
): Promise<boolean> {
  const { elsewhere } = settings;
  const handle = await openForUpdate(partial, elsewhere);
  const begun = (await handle.stat()).size;
  const state = { bytes: begun };
  const meter = meterOf(settings, file);
  meter.show(begun);
  let before = { bytes: begun, time: performance.now() };
  // A connection that is opened again and again for a few bytes each would have no end.
  const progressed = (): boolean => {
    const now = { bytes: state.bytes, time: performance.now() };
    const grown = now.bytes - before.bytes > leastBytes(now.time - before.time);
    before = now;
    return grown;
  };
  try {
    await checkRoom(partial, file.size - begun, elsewhere);
    await withRetries(settings, { delays: settings.retryDelays, progressed, stubborn: true }, async () => {
      if (state.bytes < file.size) await receive(settings, file, source, handle, state, meter);
    });
  } catch (error) {
    if (error instanceof PassingFailure) throw brokenDownload(error, file.path, state.bytes, file.size);
    throw error;
  } finally {
    await handle.close();
  }
  return begun > 0;
}

/** One connection's worth: from the bytes that are here to the end of the file, or of the connection. */
async function receive(
  settings: TransferSettings,
  file: RemoteFile,
  { url, refusal }: Source,
  handle: FileHandle,
  state: { bytes: number },
  meter: Meter,
): Promise<void> {
  const headers = state.bytes === 0 ? {} : { range: `bytes=${String(state.bytes)}-` };
  await request(settings, url, headers, async (response, next) => {
    if (!response.ok && response.status !== 416) throw refusal(response);
    const from = startOf(response);
    // A server may refuse the range or ignore it and send the whole; what is here is then of no use to it.
    if (from !== state.bytes) {
      await handle.truncate();
      state.bytes = 0;
      if (from !== 0) throw new PassingFailure(`${hostOf(response, url)} does not send the rest of a file`);
    }
    // What is longer than it should be need not be read to its end.
    for (let bytes = await next(); bytes !== undefined && state.bytes <= file.size; bytes = await next()) {
      await writeAt(handle, bytes, state.bytes, file.path, settings.elsewhere);
      state.bytes += bytes.length;
      meter.show(state.bytes);
    }
    if (state.bytes < file.size) throw new PassingFailure(`${hostOf(response, url)} ended the file too early`);
  });
}

/** The byte that an answer begins with; `undefined` where it holds none of the file. */
function startOf(response: Response): number | undefined {
  if (response.status === 200) return 0;
  const start = /^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '')?.[1];
  return response.status === 206 && start !== undefined ? Number(start) : undefined;
}

/** Opens a file to write anywhere in it, and makes it where there is none. */
async function openForUpdate(path: string, elsewhere: string): Promise<FileHandle> {
  try {
    await makeFolder(dirname(path));
    return await open(path, constants.O_RDWR | constants.O_CREAT);
  } catch (error) {
    throw storageFailure(error, path, elsewhere);
  }
}

async function writeAt(
  handle: FileHandle,
  bytes: Uint8Array,
  position: number,
  path: string,
  elsewhere: string,
): Promise<void> {
  try {
    for (let done = 0; done < bytes.length;) {
      done += (await handle.write(bytes, done, bytes.length - done, position + done)).bytesWritten;
    }
  } catch (error) {
    throw storageFailure(error, path, elsewhere);
  }
}

/** Better told at once than after half an hour. */
async function checkRoom(path: string, needed: number, elsewhere: string): Promise<void> {
  const room = await statfs(dirname(path)).catch(() => undefined);
  if (room !== undefined && room.blocks > 0 && room.bavail * room.bsize < needed) throw diskFull(path, elsewhere);
}

/** Whether a file has the size and the hash that it should have. */
export async function isRight(path: string, { size, hash }: Pick<RemoteFile, 'size' | 'hash'>): Promise<boolean> {
  if ((await sizeOf(path)) !== size) return false;
  const digest = createHash(hash.kind === 'sha256' ? 'sha256' : 'sha1');
  // Git hashes an object's kind and size along with its content.
  if (hash.kind === 'git-sha1') digest.update(`blob ${String(size)}\0`);
  for await (const chunk of createReadStream(path)) {
    const bytes: unknown = chunk;
    if (bytes instanceof Uint8Array) digest.update(bytes);
  }
  return digest.digest('hex') === hash.hex;
}
