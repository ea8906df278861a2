import { open, realpath, stat, type FileHandle } from 'node:fs/promises';
import { InputError } from '../../graph/input-error.js';
import { messageOf } from '../../graph/message-of.js';
import { isMissing } from './files.js';
import { widenInto } from './numbers.js';
import { piecesOf, type Piece, type ReadOptions } from './pieces.js';
import {
  bytesPer,
  headerLength,
  parseHeader,
  prefixLength,
  type FileSize,
  type TensorEntry,
} from './safetensors-header.js';

/** An open safetensors file of which only the header has been read. Whoever opened it closes it. */
export interface SafetensorsFile {
  /** As it was named, for messages. */
  readonly where: string;
  /** Without symbolic links. */
  readonly path: string;
  /** Its size. */
  readonly bytes: number;
  /** By name, in the order of their bytes. */
  readonly entries: ReadonlyMap<string, TensorEntry>;
  /** Reads tensors piece by piece, in the order of their bytes. */
  pieces(entries: Iterable<TensorEntry>, options?: ReadOptions): AsyncIterable<readonly Piece[]>;
  /** Reads one tensor, widened to 32 bits. Beside the result, memory holds a few chunks. */
  read(name: string, options?: ReadOptions): Promise<Float32Array>;
  close(): Promise<void>;
}

/**
 * Opens a safetensors file: an 8-byte little-endian header length, a JSON header that gives every tensor its type,
 * shape and byte range, and the bytes. Throws an `InputError` that names the file and the tensor when it is missing,
 * cut short or not what its header says.
 */
export async function openSafetensors(where: string): Promise<SafetensorsFile> {
  const { handle, bytes, path } = await openFile(where);
  const size: FileSize = { where, bytes };
  try {
    const prefix = await head(handle, 0, Math.min(prefixLength, bytes));
    const json = await head(handle, prefixLength, headerLength(prefix, size));
    const entries = parseHeader(json, size);
    const pieces = (wanted: Iterable<TensorEntry>, options: ReadOptions = {}) =>
      piecesOf(handle, size, wanted, options);
    const read = async (name: string, options?: ReadOptions): Promise<Float32Array> => {
      const entry = entries.get(name);
      if (entry === undefined) throw new InputError(`${where} has no tensor ${name}.`);
      const data = new Float32Array(entry.length / bytesPer[entry.dtype]);
      for await (const some of pieces([entry], options)) {
        for (const piece of some) widenInto(data, piece.index, piece.bytes, entry.dtype);
      }
      return data;
    };
    return { where, path, bytes, entries, pieces, read, close: () => handle.close() };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function openFile(where: string): Promise<{ handle: FileHandle; bytes: number; path: string }> {
  try {
    const path = await realpath(where);
    const found = await stat(path);
    // Asked before opening, which waits for a writer where there is a pipe.
    if (!found.isFile()) throw new Error('it is not a file');
    return { handle: await open(path), bytes: found.size, path };
  } catch (error) {
    if (isMissing(error)) throw new InputError(`There is no file ${where}.`);
    throw new InputError(`${where} cannot be read (${messageOf(error)}).`);
  }
}

async function head(handle: FileHandle, offset: number, length: number): Promise<Uint8Array> {
  const { buffer, bytesRead } = await handle.read(new Uint8Array(length), 0, length, offset);
  return buffer.subarray(0, bytesRead);
}
