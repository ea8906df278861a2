import { writeWhole } from '../../platform/whole-file.js';
import { fromBfloat16, fromFloat16, toBfloat16, toFloat16 } from './half.js';
import { openSafetensors } from './safetensors-file.js';
import type { Dtype } from './safetensors-header.js';

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

/** Reads a whole file; see `openSafetensors`. */
export async function readSafetensors(path: string): Promise<Map<string, StoredTensor>> {
  const file = await openSafetensors(path);
  try {
    const tensors = new Map<string, StoredTensor>();
    for (const [name, { dtype, shape }] of file.entries) {
      tensors.set(name, { dtype, shape, data: await file.read(name) });
    }
    return tensors;
  } finally {
    await file.close();
  }
}

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

/** Writes a whole file or none; see `writeWhole` and `encodeSafetensors`. */
export async function writeSafetensors(
  path: string,
  tensors: ReadonlyMap<string, Pick<StoredTensor, 'shape' | 'data'>>,
  options: WriteOptions = {},
): Promise<void> {
  await writeWhole(path, encodeSafetensors(tensors, options));
}
