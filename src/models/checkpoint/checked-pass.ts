import { InputError } from '../../graph/input-error.js';
import { listed } from './listed.js';
import { allFinite, widenInto } from './numbers.js';
import type { ReadOptions } from './pieces.js';
import { bytesPer, type TensorEntry } from './safetensors-header.js';
import type { SafetensorsReader } from './safetensors-reader.js';

export interface PassOptions extends ReadOptions {
  /** Which tensors `onTensor` gets. Default all. */
  readonly wanted?: (entry: TensorEntry) => boolean;
  /** Gets tensors one by one in the order of their bytes, widened to 32 bits; reading waits until it is done. */
  readonly onTensor?: (entry: TensorEntry, data: Float32Array) => void | Promise<void>;
}

/**
 * Goes over all tensors of a file once. Beside the tensor that is on its way to `onTensor`, memory holds two chunks.
 * Throws an `InputError` that lists the tensors with numbers that are not finite, when all have been gone through.
 */
export async function checkedPass(
  file: SafetensorsReader,
  { wanted = () => true, onTensor, ...options }: PassOptions = {},
): Promise<void> {
  const bad = new Set<string>();
  let current: { readonly entry: TensorEntry; readonly data: Float32Array } | undefined;
  for await (const pieces of file.pieces(file.entries.values(), options)) {
    for (const { entry, index, bytes } of pieces) {
      if (!allFinite(bytes, entry.dtype)) bad.add(entry.name);
      if (onTensor === undefined || !wanted(entry)) continue;
      if (current?.entry !== entry) current = { entry, data: new Float32Array(entry.length / bytesPer[entry.dtype]) };
      widenInto(current.data, index, bytes, entry.dtype);
      if (index + bytes.byteLength / bytesPer[entry.dtype] < current.data.length) continue;
      const { data } = current;
      current = undefined;
      await onTensor(entry, data);
    }
  }
  if (bad.size > 0) {
    const faults = [...bad].map((name) => `${name} holds numbers that are not finite`);
    throw new InputError(`${file.where} is damaged: ${listed(faults)}.`);
  }
}
