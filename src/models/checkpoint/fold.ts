import { modulationAtZero, type Modulation } from './modulation.js';
import type { TensorEntry } from './safetensors-header.js';
import type { DitShape, DitWeights, LayerWeights, Linear } from './weights.js';

/** A linear layer ready to multiply from the right: matrix [in, out], bias [out]. */
export interface FoldedLinear {
  readonly into: number;
  readonly out: number;
  readonly matrix: Float32Array;
  readonly bias: Float32Array;
}

/** Made when it is asked for, and kept by nobody but who asked. */
export type Later<T> = () => Promise<T>;

/** One transformer block with its norms, modulation and gates inside the four products. */
export interface FoldedLayer {
  readonly qkv: Later<FoldedLinear>;
  readonly out: Later<FoldedLinear>;
  readonly mlpIn: Later<FoldedLinear>;
  readonly mlpOut: Later<FoldedLinear>;
}

/**
 * The network for inference. What is left of a LayerNorm is x / sqrt(mean(x^2) + eps); attention scores need no
 * scale; the MLP's activation is `foldedGelu`.
 */
export interface FoldedWeights {
  /** [V, D] */
  readonly embedding: Later<Float32Array>;
  readonly layers: readonly FoldedLayer[];
  readonly head: Later<FoldedLinear>;
}

/** Where the numbers of a checkpoint's tensors come from. */
export interface Numbers {
  /** Of any tensor that is not among `matricesOf`. */
  readonly vector: (entry: TensorEntry) => Float32Array;
  /** Of one that is; a new array, which is folded in place where that is possible. */
  readonly matrix: (entry: TensorEntry) => Promise<Float32Array>;
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
export function foldWeights(
  weights: DitWeights<TensorEntry>,
  { hidden }: DitShape,
  heads: number,
  numbers: Numbers,
): FoldedWeights {
  const { embedding, finalNorm, head } = weights;
  const data = ({ weight, bias }: Linear<TensorEntry>) => ({
    weight: { data: numbers.vector(weight) },
    bias: { data: numbers.vector(bias) },
  });
  const { sigmaMap } = weights;
  const vectors = modulationAtZero(sigmaMap && { first: data(sigmaMap.first), second: data(sigmaMap.second) }, hidden);
  const modulation = (stored: Linear<TensorEntry> | null) => vectors(stored && data(stored));
  const [shift, scale] = modulation(weights.finalModulation);
  return {
    embedding: async () => centre(await numbers.matrix(embedding), hidden),
    layers: weights.layers.map((layer) => foldLayer(layer, hidden, heads, modulation(layer.modulation), numbers)),
    head: fromNorm(numbers, head, { weight: finalNorm, shift, scale }),
  };
}

function foldLayer(
  { norm1, qkv, out, norm2, mlpIn, mlpOut }: LayerWeights<TensorEntry>,
  hidden: number,
  heads: number,
  [shift, scale, gate, mlpShift, mlpScale, mlpGate]: Modulation,
  numbers: Numbers,
): FoldedLayer {
  const queryScale = 1 / Math.sqrt(hidden / heads);
  const attentionNorm = { weight: norm1, shift, scale };
  const mlpNorm = { weight: norm2, shift: mlpShift, scale: mlpScale };
  return {
    qkv: fromNorm(numbers, { weight: qkv, bias: null }, attentionNorm, (row) => (row < hidden ? queryScale : 1)),
    out: toResidual(numbers, { weight: out, bias: null }, gate, 1),
    mlpIn: fromNorm(numbers, mlpIn, mlpNorm, () => geluLinear),
    mlpOut: toResidual(numbers, mlpOut, mlpGate, 1 / geluLinear),
  };
}

interface Norm {
  readonly weight: TensorEntry;
  readonly shift: Vector | undefined;
  readonly scale: Vector | undefined;
}

interface Product {
  readonly weight: TensorEntry;
  readonly bias: TensorEntry | null;
}

/** A product that reads a norm: W (w (1 + scale) n + shift) + bias, each output times `factor`. */
function fromNorm(
  numbers: Numbers,
  { weight, bias }: Product,
  { weight: norm, shift, scale }: Norm,
  factor: (out: number) => number = () => 1,
): Later<FoldedLinear> {
  return async () => {
    const [out = 0, into = 0] = weight.shape;
    const stored = await numbers.matrix(weight);
    const start = bias && numbers.vector(bias);
    const normed = numbers.vector(norm);
    const matrix = new Float32Array(into * out);
    const folded = new Float32Array(out);
    for (let o = 0; o < out; o += 1) {
      const times = factor(o);
      let sum = start?.[o] ?? 0;
      for (let i = 0; i < into; i += 1) {
        const w = stored[o * into + i] ?? 0;
        matrix[i * out + o] = w * (normed[i] ?? 0) * (1 + (scale?.[i] ?? 0)) * times;
        sum += w * (shift?.[i] ?? 0);
      }
      folded[o] = sum * times;
    }
    return { into, out, matrix, bias: folded };
  };
}

/** A product whose result joins the residual stream: gate (W x * factor + bias), centred over the outputs. */
function toResidual(
  numbers: Numbers,
  { weight, bias }: Product,
  gate: Vector | undefined,
  factor: number,
): Later<FoldedLinear> {
  return async () => {
    const [out = 0, into = 0] = weight.shape;
    const stored = await numbers.matrix(weight);
    const matrix = new Float32Array(into * out);
    for (let i = 0; i < into; i += 1) {
      let sum = 0;
      for (let o = 0; o < out; o += 1) sum += (stored[o * into + i] ?? 0) * (gate?.[o] ?? 1);
      const mean = sum / out;
      for (let o = 0; o < out; o += 1) {
        matrix[i * out + o] = ((stored[o * into + i] ?? 0) * (gate?.[o] ?? 1) - mean) * factor;
      }
    }
    const start = bias && numbers.vector(bias);
    const gated = Float64Array.from({ length: out }, (_, o) => (start?.[o] ?? 0) * (gate?.[o] ?? 1));
    return { into, out, matrix, bias: Float32Array.from(centre(gated, out)) };
  };
}

/** Takes from each row of `width` numbers its mean, in place. */
function centre<T extends Float32Array | Float64Array>(data: T, width: number): T {
  for (let start = 0; start < data.length; start += width) {
    let sum = 0;
    for (let i = start; i < start + width; i += 1) sum += data[i] ?? 0;
    for (let i = start; i < start + width; i += 1) data[i] = (data[i] ?? 0) - sum / width;
  }
  return data;
}
