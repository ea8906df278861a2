import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, open, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createInflateRaw } from 'node:zlib';

/** A file in a zip archive. */
export interface ZipEntry {
  readonly name: string;
  /** Bytes, unpacked. */
  readonly size: number;
  readonly packedSize: number;
  readonly deflated: boolean;
  readonly executable: boolean;
  /** Where its own header begins in the archive. */
  readonly offset: number;
}

/** Sizes, signatures and offsets of the format (PKWARE's APPNOTE.TXT, 4.3.7, 4.3.12 and 4.3.16). */
const end = { signature: 0x06054b50, size: 22, longestComment: 0xffff };
const central = { signature: 0x02014b50, size: 46 };
const localSize = 30;

/**
 * The files of an archive, by its central directory. Enough for the wheels that are installed, whose bytes are known: no
 * encryption, no parts above 4 GB. Throws an `Error` for anything else.
 */
export async function readZip(path: string): Promise<readonly ZipEntry[]> {
  const handle = await open(path);
  try {
    const { size } = await handle.stat();
    const tail = await bytesAt(handle, Math.max(0, size - end.size - end.longestComment), size);
    const place = tail.lastIndexOf(Buffer.from(Uint32Array.of(end.signature).buffer));
    if (place < 0) throw new Error(`${path} is not a zip archive`);
    const count = tail.readUInt16LE(place + 10);
    const from = tail.readUInt32LE(place + 16);
    return directory(await bytesAt(handle, from, from + tail.readUInt32LE(place + 12)), count, path);
  } finally {
    await handle.close();
  }
}

function directory(bytes: Buffer, count: number, path: string): readonly ZipEntry[] {
  const entries: ZipEntry[] = [];
  for (let at = 0; entries.length < count;) {
    if (bytes.length < at + central.size || bytes.readUInt32LE(at) !== central.signature) {
      throw new Error(`the directory of ${path} is broken`);
    }
    const nameEnd = at + central.size + bytes.readUInt16LE(at + 28);
    entries.push({
      name: bytes.toString('utf8', at + central.size, nameEnd),
      deflated: bytes.readUInt16LE(at + 10) !== 0,
      packedSize: bytes.readUInt32LE(at + 20),
      size: bytes.readUInt32LE(at + 24),
      // The upper half holds the Unix mode.
      executable: ((bytes.readUInt32LE(at + 38) >>> 16) & 0o100) !== 0,
      offset: bytes.readUInt32LE(at + 42),
    });
    at = nameEnd + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
  }
  return entries;
}

export interface Extraction {
  readonly signal: AbortSignal;
  /** Told of unpacked bytes as they are written. */
  readonly progress: (bytes: number) => void;
}

/** Unpacks one file of an archive to `target`. Throws an `Error` where less or more comes out than the archive says. */
export async function extract(
  path: string,
  entry: ZipEntry,
  target: string,
  { signal, progress }: Extraction,
): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  const from = await contentOffset(path, entry);
  let bytes = 0;
  const counting = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      progress(chunk.length);
      done(null, chunk);
    },
  });
  const sink = createWriteStream(target, { mode: entry.executable ? 0o755 : 0o644 });
  // A stream of a file's bytes has at least one.
  const source =
    entry.packedSize === 0
      ? Readable.from([])
      : createReadStream(path, { start: from, end: from + entry.packedSize - 1, highWaterMark: 1 << 20 });
  const steps = entry.deflated ? [createInflateRaw({ chunkSize: 1 << 18 }), counting] : [counting];
  await pipeline([source, ...steps, sink], { signal });
  if (bytes !== entry.size) throw new Error(`${entry.name} in ${path} is broken`);
}

/** The file's own header may hold other extra fields than the directory. */
async function contentOffset(path: string, { offset }: ZipEntry): Promise<number> {
  const handle = await open(path);
  try {
    const header = await bytesAt(handle, offset, offset + localSize);
    return offset + localSize + header.readUInt16LE(26) + header.readUInt16LE(28);
  } finally {
    await handle.close();
  }
}

async function bytesAt(handle: FileHandle, from: number, to: number): Promise<Buffer> {
  const bytes = Buffer.alloc(to - from);
  const { bytesRead } = await handle.read(bytes, 0, bytes.length, from);
  return bytes.subarray(0, bytesRead);
}
