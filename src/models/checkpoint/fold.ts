import { modulationAtZero, type Modulation } from './modulation.js';
import type { DitShape, DitWeights, LayerWeights } from './weights.js';
import type { StoredTensor } from './safetensors.js';

/** A linear layer ready to multiply from the right: matrix [in, out], bias [out]. */
export interface FoldedLinear {
  readonly into: number;
  readonly out: number;
  readonly matrix: Float32Array;
  readonly bias: Float32Array;
}

/** One transformer block with its norms, modulation and gates inside the four products. */
export interface FoldedLayer {
  readonly qkv: FoldedLinear;
  readonly out: FoldedLinear;
  readonly mlpIn: FoldedLinear;
  readonly mlpOut: FoldedLinear;
}

/**
 * The network for inference. What is left of a LayerNorm is x / sqrt(mean(x^2) + eps); attention scores need no
 * scale; the MLP's activation is `foldedGelu`.
 */
export interface FoldedWeights {
  /** [V, D] */
  readonly embedding: Float32Array;
  readonly layers: readonly FoldedLayer[];
  readonly head: FoldedLinear;
}

export const layerNormEpsilon = 1e-5;

/** tanh-GELU(x) = x sigmoid(a x + b x^3), since (1 + tanh(z)) / 2 = sigmoid(2 z). */
const geluLinear = 2 * Math.sqrt(2 / Math.PI);
const geluCubic = geluLinear * 0.044715;

/**
 * With y = a x, which the MLP's first product gives, a GELU(x) = y sigmoid(y (1 + `geluCurve` y^2)); the second
 * product takes the factor a out again.
 */
export const geluCurve = geluCubic / geluLinear ** 3;

type Vector = Float64Array;

/**
 * Folds everything constant into the matrices, in double precision:
 * - adaLN: sigma is always 0, so shift, scale and gate are constants of the checkpoint.
 * - the norms' weights, which are linear before the product that follows;
 * - the norms' mean: only x - mean(x) is ever read off the residual stream, so whatever is written to it is
 *   centred beforehand and stays so.
 * - the attention scale 1 / sqrt(head width) and the scale of the GELU's argument.
 */
export function foldWeights(weights: DitWeights<StoredTensor>, shape: DitShape, heads: number): FoldedWeights {
  const { hidden } = shape;
  const vectors = modulationAtZero(weights.sigmaMap, hidden);
  const [shift, scale] = vectors(weights.finalModulation);
  return {
    embedding: centred(weights.embedding.data, hidden),
    layers: weights.layers.map((layer) => foldLayer(layer, hidden, heads, vectors(layer.modulation))),
    head: fromNorm(weights.head.weight, weights.head.bias, { weight: weights.finalNorm, shift, scale }),
  };
}

function foldLayer(
  layer: LayerWeights<StoredTensor>,
  hidden: number,
  heads: number,
  [shift, scale, gate, mlpShift, mlpScale, mlpGate]: Modulation,
): FoldedLayer {
  const queryScale = 1 / Math.sqrt(hidden / heads);
  return {
    qkv: fromNorm(layer.qkv, null, { weight: layer.norm1, shift, scale }, (out) => (out < hidden ? queryScale : 1)),
    out: toResidual(layer.out, null, gate, 1),
    mlpIn: fromNorm(
      layer.mlpIn.weight,
      layer.mlpIn.bias,
      { weight: layer.norm2, shift: mlpShift, scale: mlpScale },
      () => geluLinear,
    ),
    mlpOut: toResidual(layer.mlpOut.weight, layer.mlpOut.bias, mlpGate, 1 / geluLinear),
  };
}

interface Norm {
  readonly weight: StoredTensor;
  readonly shift: Vector | undefined;
  readonly scale: Vector | undefined;
}

/** A product that reads a norm: W (w (1 + scale) n + shift) + bias, each output times `factor`. */
function fromNorm(
  weight: StoredTensor,
  bias: StoredTensor | null,
  norm: Norm,
  factor: (out: number) => number = () => 1,
): FoldedLinear {
  const [out = 0, into = 0] = weight.shape;
  const matrix = new Float32Array(into * out);
  const folded = new Float32Array(out);
  for (let o = 0; o < out; o += 1) {
    const times = factor(o);
    let sum = bias?.data[o] ?? 0;
    for (let i = 0; i < into; i += 1) {
      const w = weight.data[o * into + i] ?? 0;
      matrix[i * out + o] = w * (norm.weight.data[i] ?? 0) * (1 + (norm.scale?.[i] ?? 0)) * times;
      sum += w * (norm.shift?.[i] ?? 0);
    }
    folded[o] = sum * times;
  }
  return { into, out, matrix, bias: folded };
}

/** A product whose result joins the residual stream: gate (W x * factor + bias), centred over the outputs. */
function toResidual(
  weight: StoredTensor,
  bias: StoredTensor | null,
  gate: Vector | undefined,
  factor: number,
): FoldedLinear {
  const [out = 0, into = 0] = weight.shape;
  const matrix = new Float32Array(into * out);
  for (let i = 0; i < into; i += 1) {
    let sum = 0;
    for (let o = 0; o < out; o += 1) sum += (weight.data[o * into + i] ?? 0) * (gate?.[o] ?? 1);
    const mean = sum / out;
    for (let o = 0; o < out; o += 1) {
      matrix[i * out + o] = ((weight.data[o * into + i] ?? 0) * (gate?.[o] ?? 1) - mean) * factor;
    }
  }
  const gated = Float64Array.from({ length: out }, (_, o) => (bias?.data[o] ?? 0) * (gate?.[o] ?? 1));
  return { into, out, matrix, bias: centred(gated, out) };
}

/** Each row of `width` numbers minus its mean. */
function centred(data: Float32Array | Float64Array, width: number): Float32Array {
  const result = new Float32Array(data.length);
  for (let start = 0; start < data.length; start += width) {
    let sum = 0;
    for (let i = start; i < start + width; i += 1) sum += data[i] ?? 0;
    for (let i = start; i < start + width; i += 1) result[i] = (data[i] ?? 0) - sum / width;
  }
  return result;
}
