import { open, rename, rm } from 'node:fs/promises';
import { z } from 'zod';
import { InputError } from '../../graph/input-error.js';
import { readBytes } from './files.js';
import { fromBfloat16, fromFloat16, toBfloat16, toFloat16 } from './half.js';

/** Number types that a weight may be stored in. */
export const dtypes = ['F32', 'F16', 'BF16'] as const;
export type Dtype = (typeof dtypes)[number];

/** A named array of a checkpoint, row-major, widened to 32 bits. */
export interface StoredTensor {
  /** The type that it was stored in. */
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

export interface WriteOptions {
  /** Stored number type. Narrowing rounds to nearest even. Default F32. */
  readonly dtype?: Dtype;
  /** Free strings for the file's header. */
  readonly metadata?: Readonly<Record<string, string>>;
}

const bytesPer = { F32: 4, F16: 2, BF16: 2 } satisfies Record<Dtype, number>;

const count = z.number().int().nonnegative();
const entrySchema = z.object({
  dtype: z.string(),
  shape: z.array(count),
  data_offsets: z.tuple([count, count]),
});

/**
 * Reads a safetensors file: an 8-byte little-endian header length, a JSON header that gives every tensor its
 * type, shape and byte range, and the bytes. Throws an `InputError` that names the file and the tensor when it
 * is missing, cut short or not what its header says.
 */
export async function readSafetensors(path: string): Promise<Map<string, StoredTensor>> {
  const bytes = await readBytes(path);
  if (bytes === undefined) throw new InputError(`There is no file ${path}.`);
  return parseSafetensors(bytes, path);
}

/** The same for bytes at hand; `where` names them in messages. */
export function parseSafetensors(bytes: Uint8Array, where: string): Map<string, StoredTensor> {
  const { header, start } = parseHeader(bytes, where);
  const available = bytes.byteLength - start;
  const tensors = new Map<string, StoredTensor>();
  for (const [name, value] of Object.entries(header)) {
    if (name === '__metadata__') continue;
    const entry = entrySchema.safeParse(value);
    if (!entry.success) {
      throw new InputError(`${where}: the header's entry for ${name} is malformed (needs dtype, shape, data_offsets).`);
    }
    const dtype = dtypes.find((known) => known === entry.data.dtype);
    if (dtype === undefined) {
      throw new InputError(`${where}: ${name} is stored as ${entry.data.dtype}; expected ${dtypes.join(', ')}.`);
    }
    const { shape } = entry.data;
    const [from, to] = entry.data.data_offsets;
    const size = shape.reduce((product, n) => product * n, 1) * bytesPer[dtype];
    if (to - from !== size) {
      throw new InputError(
        `${where}: ${name} of shape [${shape.join(', ')}] in ${dtype} takes ${size} bytes, its header gives it ${to - from}.`,
      );
    }
    if (to > available) {
      throw new InputError(
        `${where} is cut short: ${name} ends at byte ${start + to}, the file has ${bytes.byteLength}.`,
      );
    }
    tensors.set(name, { dtype, shape, data: widen(bytes.subarray(start + from, start + to), dtype) });
  }
  return tensors;
}

function parseHeader(bytes: Uint8Array, where: string): { header: Record<string, unknown>; start: number } {
  const notOne = (found: string) =>
    new InputError(`${where} is not a safetensors file: expected a header length and a JSON header, found ${found}.`);
  if (bytes.byteLength < 8) throw notOne(`${bytes.byteLength} bytes`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = Number(view.getBigUint64(0, true));
  if (length > bytes.byteLength - 8) {
    throw notOne(`a header length of ${length} in a file of ${bytes.byteLength} bytes`);
  }
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(8, 8 + length)));
  } catch {
    throw notOne('a header that is not JSON');
  }
  const header = z.record(z.string(), z.unknown()).safeParse(json);
  if (!header.success) throw notOne('a header that is not an object');
  return { header: header.data, start: 8 + length };
}

function widen(bytes: Uint8Array, dtype: Dtype): Float32Array {
  const width = bytesPer[dtype];
  // A typed array needs its own alignment, which a header of odd length does not give. (`slice` of a Buffer copies nothing.)
  const source = bytes.byteOffset % width === 0 ? bytes : Uint8Array.from(bytes);
  const length = source.byteLength / width;
  if (dtype === 'F32') return new Float32Array(source.buffer, source.byteOffset, length);
  const patterns = new Uint16Array(source.buffer, source.byteOffset, length);
  const values = (widened[dtype] ??= everyPattern(dtype === 'F16' ? fromFloat16 : fromBfloat16));
  // Loops here and not `from`, which takes a function call a number: published models have 170 million.
  const data = new Float32Array(length);
  for (let i = 0; i < length; i += 1) data[i] = values[patterns[i] ?? 0] ?? 0;
  return data;
}

/** What each of the 2^16 patterns stands for, computed when the first is needed. */
const widened: Partial<Record<Dtype, Float32Array>> = {};

const everyPattern = (convert: (pattern: number) => number): Float32Array =>
  Float32Array.from({ length: 0x10000 }, (_, pattern) => convert(pattern));

function narrow(name: string, data: Float32Array, dtype: Dtype): Uint8Array {
  if (dtype === 'F32') return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const convert = dtype === 'F16' ? toFloat16 : toBfloat16;
  const back = dtype === 'F16' ? fromFloat16 : fromBfloat16;
  const patterns = Uint16Array.from(data, (value) => {
    const pattern = convert(value);
    if (Number.isFinite(value) && !Number.isFinite(back(pattern))) {
      throw new Error(`${name} holds ${value}, which ${dtype} cannot store.`);
    }
    return pattern;
  });
  return new Uint8Array(patterns.buffer);
}

/**
 * The bytes of a safetensors file, tensors in the map's order, the header padded to 8 bytes.
 * Throws an `Error` when data and shape disagree or a finite number does not fit the type.
 */
export function encodeSafetensors(
  tensors: ReadonlyMap<string, Pick<StoredTensor, 'shape' | 'data'>>,
  { dtype = 'F32', metadata }: WriteOptions = {},
): Uint8Array {
  const header: Record<string, unknown> = metadata === undefined ? {} : { __metadata__: metadata };
  const parts: Uint8Array[] = [];
  let offset = 0;
  for (const [name, { shape, data }] of tensors) {
    if (shape.reduce((product, n) => product * n, 1) !== data.length) {
      throw new Error(`${name} has ${data.length} numbers for shape [${shape.join(', ')}].`);
    }
    const part = narrow(name, data, dtype);
    header[name] = { dtype, shape, data_offsets: [offset, offset + part.byteLength] };
    parts.push(part);
    offset += part.byteLength;
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const length = Math.ceil(json.byteLength / 8) * 8;
  const bytes = new Uint8Array(8 + length + offset);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  bytes.fill(0x20, 8, 8 + length);
  bytes.set(json, 8);
  let at = 8 + length;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.byteLength;
  }
  return bytes;
}

/** Writes a whole file or none: to a temporary file beside `path`, flushed, then renamed over it. */
export async function writeSafetensors(
  path: string,
  tensors: ReadonlyMap<string, Pick<StoredTensor, 'shape' | 'data'>>,
  options: WriteOptions = {},
): Promise<void> {
  const bytes = encodeSafetensors(tensors, options);
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    const file = await open(temporary, 'w');
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
