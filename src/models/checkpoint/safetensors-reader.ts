import { InputError } from '../../graph/input-error.js';
import { widenInto } from './numbers.js';
import { piecesOf, type Piece, type ReadOptions } from './pieces.js';
import { bytesPer, headerLength, parseHeader, prefixLength, type TensorEntry } from './safetensors-header.js';
import type { ByteSource } from './source.js';

/** Tensors of which only the header has been read. Whoever opened them closes them. */
export interface SafetensorsReader {
  /** As it was named, for messages. */
  readonly where: string;
  /** Size of the whole. */
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
 * Reads the header of a safetensors file: an 8-byte little-endian header length, a JSON header that gives every tensor
 * its type, shape and byte range, and the bytes. Throws an `InputError` that names the file and the tensor when it is
 * cut short or not what its header says; the source is closed then.
 */
export async function safetensorsOf(source: ByteSource): Promise<SafetensorsReader> {
  const { where, bytes } = source;
  try {
    const prefix = await head(source, 0, Math.min(prefixLength, bytes));
    const json = await head(source, prefixLength, headerLength(prefix, source));
    const entries = parseHeader(json, source);
    const pieces = (wanted: Iterable<TensorEntry>, options: ReadOptions = {}) => piecesOf(source, wanted, options);
    const read = async (name: string, options?: ReadOptions): Promise<Float32Array> => {
      const entry = entries.get(name);
      if (entry === undefined) throw new InputError(`${where} has no tensor ${name}.`);
      const data = new Float32Array(entry.length / bytesPer[entry.dtype]);
      for await (const some of pieces([entry], options)) {
        for (const piece of some) widenInto(data, piece.index, piece.bytes, entry.dtype);
      }
      return data;
    };
    return { where, bytes, entries, pieces, read, close: () => source.close() };
  } catch (error) {
    await source.close();
    throw error;
  }
}

async function head(source: ByteSource, offset: number, length: number): Promise<Uint8Array> {
  const target = new Uint8Array(length);
  return target.subarray(0, await source.read(target, offset));
}
