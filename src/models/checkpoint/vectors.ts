import type { OpenCheckpoint } from './checkpoint.js';
import type { TensorEntry } from './safetensors-header.js';
import type { DitWeights } from './weights.js';

/** The big matrices of a network, nearly all of its bytes; all other tensors are vectors, or make vectors (adaLN). */
export function matricesOf({ embedding, layers, head }: DitWeights<TensorEntry>): Set<TensorEntry> {
  return new Set([
    embedding,
    head.weight,
    ...layers.flatMap(({ qkv, out, mlpIn, mlpOut }) => [qkv, out, mlpIn.weight, mlpOut.weight]),
  ]);
}

/** Reads all tensors but the matrices, which are left where they are, and gives the numbers of those that it read. */
export async function readVectors(
  { weights, file }: Pick<OpenCheckpoint, 'weights' | 'file'>,
  signal?: AbortSignal,
): Promise<(entry: TensorEntry) => Float32Array> {
  const matrices = matricesOf(weights);
  const vectors = new Map<string, Float32Array>();
  for (const entry of file.entries.values()) {
    if (!matrices.has(entry)) vectors.set(entry.name, await file.read(entry.name, { signal }));
  }
  return ({ name }) => {
    const data = vectors.get(name);
    if (data === undefined) throw new Error(`${name} was not read`);
    return data;
  };
}
