import { foldWeights } from '../checkpoint/fold.js';
import { backends } from '../backends.js';
import type { Checkpoint } from '../checkpoint/checkpoint.js';
import { chosen } from '../chosen.js';
import { loadTensorBackend, type TensorBackend } from './backend.js';
import { createNetwork, type Network } from './network.js';

/** A backend named by a person. */
export async function loadBackend(name = 'wasm'): Promise<TensorBackend> {
  return loadTensorBackend(chosen('backend', name, backends));
}

/** A checkpoint's network with its weights on the device. */
export function networkOf(backend: TensorBackend, { weights, shape, config }: Checkpoint): Network {
  const heads = config.n_heads;
  return createNetwork(backend, foldWeights(weights, shape, heads), { heads, hidden: shape.hidden });
}
