import { modulationAtZero } from '../../checkpoint/modulation.js';
import type { TensorEntry } from '../../checkpoint/safetensors-header.js';
import type { DitShape, DitWeights, Linear } from '../../checkpoint/weights.js';
import type { GraphWeights } from './blocks.js';

/** Weights for a graph; `numbers` gives what was read of a tensor that is not among `matricesOf`. */
export function graphWeights(
  weights: DitWeights<TensorEntry>,
  { hidden }: DitShape,
  numbers: (entry: TensorEntry) => Float32Array,
): GraphWeights {
  const read = ({ weight, bias }: Linear<TensorEntry>) => ({
    weight: { data: numbers(weight) },
    bias: { data: numbers(bias) },
  });
  const product = ({ weight, bias }: Linear<TensorEntry>) => ({ weight, bias: numbers(bias) });
  const { sigmaMap } = weights;
  const vectors = modulationAtZero(sigmaMap && { first: read(sigmaMap.first), second: read(sigmaMap.second) }, hidden);
  return {
    embedding: weights.embedding,
    layers: weights.layers.map(({ norm1, qkv, out, norm2, mlpIn, mlpOut, modulation }) => ({
      norm1: numbers(norm1),
      qkv,
      out,
      norm2: numbers(norm2),
      mlpIn: product(mlpIn),
      mlpOut: product(mlpOut),
      modulation: vectors(modulation && read(modulation)),
    })),
    finalNorm: numbers(weights.finalNorm),
    finalModulation: vectors(weights.finalModulation && read(weights.finalModulation)),
    head: product(weights.head),
  };
}
