import { InputError } from '../../graph/input-error.js';
import { messageOf } from '../../graph/message-of.js';
import { bytesPer, type TensorEntry } from './safetensors-header.js';
import type { ByteSource } from './source.js';

/** A part of a tensor. */
export interface Piece {
  readonly entry: TensorEntry;
  /** Of its first number, from the tensor's first. */
  readonly index: number;
  /** Whole numbers, at a multiple of 4 bytes in their buffer. Valid until the next pieces are asked for. */
  readonly bytes: Uint8Array;
}

export interface ReadOptions {
  /** Told how many of the bytes to read have been gone through. */
  readonly progress?: ((done: number, total: number) => void) | undefined;
  /** Ends the reading with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Most bytes read at once; there are two buffers of this size. A multiple of 8. Default 8 MiB. */
  readonly chunk?: number | undefined;
}

const defaultChunk = 8 * 2 ** 20;

/** Bytes of a file that are read at once, and which parts of which tensors they are. */
interface Span {
  readonly offset: number;
  length: number;
  readonly parts: { readonly entry: TensorEntry; readonly from: number; readonly length: number }[];
}

/**
 * Tensors piece by piece, in their order in the file. While one span's pieces are worked on, the next one is being read.
 * No number is cut in two: a span ends between numbers.
 */
export async function* piecesOf(
  source: ByteSource,
  entries: Iterable<TensorEntry>,
  { progress, signal, chunk = defaultChunk }: ReadOptions,
): AsyncGenerator<readonly Piece[], void, void> {
  const spans = spansOf(entries, chunk);
  const total = spans.reduce((sum, { length }) => sum + length, 0);
  const largest = Math.min(chunk, total);
  const buffers = [new Uint8Array(largest), new Uint8Array(spans.length > 1 ? largest : 0)];
  const begin = (index: number): Promise<Uint8Array> | undefined => {
    const span = spans[index];
    const buffer = buffers[index % 2];
    if (span === undefined || buffer === undefined) return undefined;
    const filled = fill(source, buffer.subarray(0, span.length), span.offset);
    // Whoever stops in between does not wait for it.
    filled.catch(() => undefined);
    return filled;
  };
  let done = 0;
  let next = begin(0);
  for (const [index, { length, parts }] of spans.entries()) {
    signal?.throwIfAborted();
    const bytes = await next;
    signal?.throwIfAborted();
    if (bytes === undefined) throw new Error('every span is read');
    next = begin(index + 1);
    let at = 0;
    yield parts.map((part): Piece => {
      const piece = aligned(bytes.subarray(at, at + part.length));
      at += part.length;
      return { entry: part.entry, index: part.from / bytesPer[part.entry.dtype], bytes: piece };
    });
    done += length;
    progress?.(done, total);
  }
}

function spansOf(entries: Iterable<TensorEntry>, chunk: number): Span[] {
  const spans: Span[] = [];
  for (const entry of [...entries].sort((a, b) => a.offset - b.offset)) {
    const width = bytesPer[entry.dtype];
    let from = 0;
    do {
      const offset = entry.offset + from;
      let span = spans.at(-1);
      if (span?.offset !== offset - (span?.length ?? 0) || chunk - span.length < width) {
        span = { offset, length: 0, parts: [] };
        spans.push(span);
      }
      const room = chunk - span.length;
      const length = Math.min(entry.length - from, room - (room % width));
      span.parts.push({ entry, from, length });
      span.length += length;
      from += length;
    } while (from < entry.length);
  }
  return spans;
}

/** Typed arrays need their own alignment, which neither headers nor tensors of two bytes a number always give. */
const aligned = (bytes: Uint8Array): Uint8Array => (bytes.byteOffset % 4 === 0 ? bytes : Uint8Array.from(bytes));

async function fill(source: ByteSource, buffer: Uint8Array, offset: number): Promise<Uint8Array> {
  const { where } = source;
  let done = 0;
  while (done < buffer.byteLength) {
    const read = await source.read(buffer.subarray(done), offset + done).catch((error: unknown) => {
      throw new InputError(`${where} cannot be read (${messageOf(error)}).`, { cause: error });
    });
    if (read === 0) throw new InputError(`${where} ended at byte ${offset + done} while it was being read.`);
    done += read;
  }
  return buffer;
}
