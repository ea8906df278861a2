import { isRecord } from '../../graph/is-record.js';
import { InputError } from '../../graph/input-error.js';

/** Number types that a weight may be stored in. */
export const dtypes = ['F32', 'F16', 'BF16'] as const;
export type Dtype = (typeof dtypes)[number];

export const bytesPer = { F32: 4, F16: 2, BF16: 2 } as const satisfies Record<Dtype, number>;

/** Where a tensor, row-major, lies in its file. */
export interface TensorEntry {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  /** Of its first byte, from the beginning of the file. */
  readonly offset: number;
  /** In bytes. */
  readonly length: number;
}

/** A file's size and its name in messages. */
export interface FileSize {
  readonly where: string;
  readonly bytes: number;
}

/** Bytes before the JSON header, which say how long it is. */
export const prefixLength = 8;

/** The longest header that the format allows. */
const longestHeader = 100_000_000;

const notOne = (where: string, found: string) =>
  new InputError(`${where} is not a safetensors file: expected a header length and a JSON header, found ${found}.`);

/** The length in bytes of the JSON header, by the file's first `prefixLength` bytes; fewer where it has no more. */
export function headerLength(prefix: Uint8Array, { where, bytes }: FileSize): number {
  if (prefix.byteLength < prefixLength) throw notOne(where, `${prefix.byteLength} bytes`);
  const length = Number(new DataView(prefix.buffer, prefix.byteOffset).getBigUint64(0, true));
  if (length > bytes - prefixLength) throw notOne(where, `a header length of ${length} in a file of ${bytes} bytes`);
  if (length > longestHeader) throw notOne(where, `a header length of ${length}, more than ${longestHeader}`);
  return length;
}

/**
 * The tensors that a JSON header tells of, in the order of their bytes. Throws an `InputError` that names the file and
 * the tensor where an entry is malformed, or where the byte ranges do not cover the rest of the file one after the other.
 */
export function parseHeader(json: Uint8Array, { where, bytes }: FileSize): Map<string, TensorEntry> {
  const start = prefixLength + json.byteLength;
  const entries = Object.entries(recordIn(json, where))
    .filter(([name]) => name !== '__metadata__')
    .map(([name, value]) => parseEntry(name, value, start, where))
    // An empty tensor lies before one that begins at the same byte.
    .sort((a, b) => a.offset - b.offset || a.length - b.length);
  let end = start;
  let before = 'the header';
  for (const { name, offset, length } of entries) {
    if (offset + length > bytes) {
      throw new InputError(`${where} is cut short: ${name} ends at byte ${offset + length}, the file has ${bytes}.`);
    }
    if (offset !== end) {
      const fault = offset < end ? 'overlaps' : 'leaves a gap behind';
      throw new InputError(`${where}: ${name} ${fault} ${before}: it begins at byte ${offset}, expected ${end}.`);
    }
    end = offset + length;
    before = name;
  }
  if (end !== bytes) {
    throw new InputError(`${where} has ${bytes - end} bytes behind ${before} that belong to no tensor.`);
  }
  return new Map(entries.map((entry) => [entry.name, entry]));
}

function recordIn(bytes: Uint8Array, where: string): Record<string, unknown> {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw notOne(where, 'a header that is not JSON');
  }
  if (!isRecord(json) || Array.isArray(json)) throw notOne(where, 'a header that is not an object');
  return json;
}

function parseEntry(name: string, value: unknown, start: number, where: string): TensorEntry {
  if (!isStored(value)) {
    throw new InputError(`${where}: the header's entry for ${name} is malformed (needs dtype, shape, data_offsets).`);
  }
  const dtype = dtypes.find((known) => known === value.dtype);
  if (dtype === undefined) {
    throw new InputError(`${where}: ${name} is stored as ${value.dtype}; expected ${dtypes.join(', ')}.`);
  }
  const { shape } = value;
  const [from = 0, to = 0] = value.data_offsets;
  const size = shape.reduce((product, n) => product * n, 1) * bytesPer[dtype];
  if (to - from !== size) {
    throw new InputError(
      `${where}: ${name} of shape [${shape.join(', ')}] in ${dtype} takes ${size} bytes, its header gives it ${to - from}.`,
    );
  }
  return { name, dtype, shape, offset: start + from, length: size };
}

/** An entry as the header has it. */
interface Stored {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly number[];
}

/** More sizes than any tensor of a network has. */
const mostSizes = 8;

/** By hand: a schema would gather a fault for each of the millions of items that a damaged header can have. */
const isStored = (value: unknown): value is Stored =>
  isRecord(value) &&
  typeof value['dtype'] === 'string' &&
  areCounts(value['shape'], 0, mostSizes) &&
  areCounts(value['data_offsets'], 2, 2);

const areCounts = (value: unknown, least: number, most: number): boolean =>
  Array.isArray(value) &&
  value.length >= least &&
  value.length <= most &&
  value.every((item) => Number.isSafeInteger(item) && item >= 0);
