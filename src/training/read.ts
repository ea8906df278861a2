import type { Tensor } from '@tensorflow/tfjs-core';

/** The first number of each tensor, read together, and the tensors freed. */
export async function readFirst(tensors: readonly Tensor[]): Promise<number[]> {
  try {
    return await Promise.all(tensors.map(async (tensor) => (await tensor.data())[0] ?? NaN));
  } finally {
    for (const tensor of tensors) tensor.dispose();
  }
}
