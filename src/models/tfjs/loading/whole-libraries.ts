import { closeSync, fstatSync, openSync, readSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Throws an `Error` where a native library of the package in `home` is shorter than its own header says, as a full disk or a torn copy
 * leaves it. The system's loader maps such a file all the same, and the process ends where it touches what is not there.
 */
export function requireWholeLibraries(home: string): void {
  const nvidia = join(home, 'deps', 'nvidia');
  const folders = [
    ...namesIn(join(home, 'lib')).map((name) => join(home, 'lib', name)),
    join(home, 'deps', 'lib'),
    ...namesIn(nvidia).map((name) => join(nvidia, name, 'lib')),
  ];
  for (const folder of folders) {
    for (const name of namesIn(folder)) {
      if (/\.(node|so)(\.|$)/.test(name)) requireWhole(join(folder, name));
    }
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Places and sizes in a file's header and in an entry of its program table (ELF, 64 bits, little-endian). */
const header = { magic: '7f454c460201', size: 64, table: 32, entrySize: 54, entries: 56 };
const segment = { offset: 8, size: 32, end: 40 };

function requireWhole(file: string): void {
  const handle = openSync(file, 'r');
  try {
    const { size } = fstatSync(handle);
    const needed = lengthOf(handle);
    if (size < needed) throw new Error(`${file} is cut short: it has ${String(size)} of ${String(needed)} bytes`);
  } finally {
    closeSync(handle);
  }
}

/** The bytes that a library's segments take of its file; 0 for a file of another kind, of which the loader says so itself. */
function lengthOf(handle: number): number {
  const head = bytesAt(handle, 0, header.size);
  if (head.toString('hex', 0, header.magic.length / 2) !== header.magic) return 0;
  const start = Number(head.readBigUInt64LE(header.table));
  const entrySize = head.readUInt16LE(header.entrySize);
  const table = bytesAt(handle, start, entrySize * head.readUInt16LE(header.entries));
  let length = start + table.length;
  for (let at = 0; at + segment.end <= table.length; at += entrySize) {
    const end = table.readBigUInt64LE(at + segment.offset) + table.readBigUInt64LE(at + segment.size);
    length = Math.max(length, Number(end));
  }
  return length;
}

/** What lies behind the file's end is zero. */
function bytesAt(handle: number, position: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  readSync(handle, bytes, 0, length, position);
  return bytes;
}
