import type { Tensor } from '@tensorflow/tfjs';
import { buildWeights, type DitShape, type DitWeights } from '../models/checkpoint/weights.js';
import type { StoredTensor } from '../models/checkpoint/safetensors.js';
import type { Random } from './random.js';

/** Where a named tensor lies in the flat parameter vector. */
export interface Slot {
  readonly name: string;
  readonly shape: readonly number[];
  readonly offset: number;
  readonly size: number;
}

/**
 * All parameters of a model in one vector, so that the optimizer, clipping, averages and checkpoints each
 * take a handful of operations and not a handful for every tensor.
 */
export interface ParameterLayout {
  readonly slots: readonly Slot[];
  readonly size: number;
  /** The model's structure over tensors that lie in the layout's order. */
  weights<T>(parts: readonly T[]): DitWeights<T>;
}

/** The layout of a shape: its tensors in the published order. */
export function parameterLayout(shape: DitShape): ParameterLayout {
  const slots: Slot[] = [];
  let size = 0;
  buildWeights(shape, (name, dims) => {
    const slot = { name, shape: dims, offset: size, size: dims.reduce((product, n) => product * n, 1) };
    slots.push(slot);
    size += slot.size;
    return slot;
  });
  return {
    slots,
    size,
    weights: (parts) => {
      let index = 0;
      return buildWeights(shape, (name) => {
        const part = parts[index++];
        if (part === undefined) throw new Error(`the layout has a tensor ${name} that was not given`);
        return part;
      });
    },
  };
}

/** The vector [size] cut into the layout's tensors. */
export function cut(layout: ParameterLayout, vector: Tensor): Tensor[] {
  return layout.slots.map((slot) => vector.slice([slot.offset], [slot.size]).reshape([...slot.shape]));
}

/** The same for host data, by name, as a checkpoint stores it. */
export function namedTensors(layout: ParameterLayout, vector: Float32Array): Map<string, StoredTensor> {
  return new Map(
    layout.slots.map((slot) => [
      slot.name,
      { dtype: 'F32', shape: slot.shape, data: vector.subarray(slot.offset, slot.offset + slot.size) },
    ]),
  );
}

/**
 * Initial parameters: norms one, biases zero, matrices normal with deviation 0.02, those that write into the
 * residual stream smaller by sqrt(2 layers) (GPT-2).
 */
export function initialParameters(layout: ParameterLayout, layers: number, random: Random): Float32Array {
  const vector = new Float32Array(layout.size);
  for (const { name, shape, offset, size } of layout.slots) {
    const part = vector.subarray(offset, offset + size);
    if (shape.length > 1) {
      const residual = name.endsWith('attn_out.weight') || name.endsWith('mlp.2.weight');
      const deviation = residual ? 0.02 / Math.sqrt(2 * layers) : 0.02;
      for (let i = 0; i < size; i++) part[i] = deviation * random.normal();
    } else if (!name.endsWith('.bias')) part.fill(1);
  }
  return vector;
}
