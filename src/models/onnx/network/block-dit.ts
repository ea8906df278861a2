import { layerNormEpsilon } from '../../checkpoint/fold.js';
import type { TensorEntry } from '../../checkpoint/safetensors-header.js';
import type { Modulation } from '../../checkpoint/modulation.js';
import type { GraphBuilder, Value } from '../graph/builder.js';
import type { Matrices } from '../matrices/matrices.js';
import { writeSegmentSums } from '../questions/graphs.js';
import { writeAttention, writePlaces, writeReturn, type Places } from './attention.js';
import type { NetworkSize } from './network.js';
import { createRotary } from './rotary.js';

/** A matrix by reference and its bias by value. */
export interface GraphLinear {
  readonly weight: TensorEntry;
  readonly bias: Float32Array;
}

/** One transformer block: big matrices by reference, vectors by value. */
export interface GraphLayer {
  readonly norm1: Float32Array;
  /** [3D, D]; rows ordered q, k, v. */
  readonly qkv: TensorEntry;
  /** [D, D] */
  readonly out: TensorEntry;
  readonly norm2: Float32Array;
  readonly mlpIn: GraphLinear;
  readonly mlpOut: GraphLinear;
  /** shift, scale, gate of attention, then of the MLP. */
  readonly modulation: Modulation;
}

export interface GraphWeights {
  /** [V, D] */
  readonly embedding: TensorEntry;
  readonly layers: readonly GraphLayer[];
  readonly finalNorm: Float32Array;
  /** shift, scale. */
  readonly finalModulation: Modulation;
  readonly head: GraphLinear;
}

export interface NetworkPlan {
  readonly size: NetworkSize;
  /** Most positions of a row. */
  readonly length: number;
  readonly weights: GraphWeights;
  readonly matrices: Matrices;
  /** How many segments each row of logits is reduced to; `null` for no reduction. */
  readonly segments: number | null;
}

type KeyValueNames = Readonly<Record<'keys' | 'values', string>>;

/** Names of a block's cached keys and values, and of the new ones. */
export const pastNames = (layer: number): KeyValueNames => ({
  keys: `past.${layer}.keys`,
  values: `past.${layer}.values`,
});
export const freshNames = (layer: number): KeyValueNames => ({
  keys: `fresh.${layer}.keys`,
  values: `fresh.${layer}.values`,
});

/**
 * One forward of a BlockDiT (BlockGen, arXiv 2606.02241) or DiT as a graph; its inputs are those of a `NetworkPass`.
 * adaLN is constant, so that shift and scale go into the norms, and a gate is one multiplication of its branch.
 */
export function writeNetwork(g: GraphBuilder, { size, length, weights, matrices, segments }: NetworkPlan): void {
  const { layers, heads, width, vocabularySize } = size;
  const hidden = heads * width;
  const tokens = g.input('tokens', 'int32', ['N']);
  const positions = g.input('positions', 'int32', ['N']);
  const queryTokens = g.input('queryTokens', 'int32', ['R', 'Q']);
  const keyTokens = g.input('keyTokens', 'int32', ['R', 'K']);
  const queryPlaces = g.input('places', 'int32', ['N']);
  const bias = g.input('bias', 'float32', ['R', 'Q', 'C+K']);
  const kept = g.input('kept', 'int32', ['M']);
  const answers = g.input('answers', 'int32', ['A']);
  const past = Array.from({ length: layers }, (_, layer) => {
    const names = pastNames(layer);
    const shape = ['R', heads, 'C', width];
    return { keys: g.input(names.keys, 'float32', shape), values: g.input(names.values, 'float32', shape) };
  });
  const [first] = past;
  if (first === undefined) throw new Error('a network needs at least one transformer block');

  const places: Places = writePlaces(g, { queryTokens, keyTokens, kept, bias, past: first.keys }, size);
  const back = writeReturn(g, queryPlaces, queryTokens, size);
  const rotate = createRotary(g, length, width);
  const turning = g.cast(g.add('Unsqueeze', [positions, g.integers([1])]), 'int64');

  const normalise = (x: Value, weight: Float32Array, shift?: Float64Array, scale?: Float64Array): Value => {
    const factors = weight.map((w, i) => w * (1 + (scale?.[i] ?? 0)));
    const inputs = [x, g.floats(factors, [hidden])];
    if (shift !== undefined) inputs.push(g.floats(Float32Array.from(shift), [hidden]));
    return g.add('LayerNormalization', inputs, { axis: -1n, epsilon: layerNormEpsilon });
  };
  const join = (x: Value, branch: Value, gate?: Float64Array): Value =>
    g.add('Add', [
      x,
      gate === undefined ? branch : g.add('Mul', [branch, g.floats(Float32Array.from(gate), [hidden])]),
    ]);

  let x = matrices.lookUp(g, weights.embedding, tokens);
  weights.layers.forEach((layer, index) => {
    const [shift, scale, gate, mlpShift, mlpScale, mlpGate] = layer.modulation;
    const cached = past[index];
    if (cached === undefined) throw new Error(`a network of ${layers} blocks has weights of ${index + 1}`);
    const last = index === layers - 1;

    const normal = normalise(x, layer.norm1, shift, scale);
    const part = { weight: layer.qkv, into: hidden, bias: null };
    const queriesAndKeys = matrices.linear(g, normal, { ...part, from: 0, out: 2 * hidden });
    const values = matrices.linear(g, normal, { ...part, from: 2 * hidden, out: hidden });
    const attended = writeAttention(
      g,
      {
        queriesAndKeys: rotate(queriesAndKeys, turning, 2 * heads),
        values: g.add('Reshape', [values, g.integers([-1, width])]),
      },
      cached,
      places,
      size,
    );
    const names = freshNames(index);
    g.output(names.keys, attended.keys, 'float32', [heads, 'M', width]);
    g.output(names.values, attended.values, 'float32', [heads, 'M', width]);

    // Of the last block's result only the answers are read; the other tokens leave their keys and values.
    const returning = last ? g.add('Gather', [back, answers]) : back;
    if (last) x = g.add('Gather', [x, answers]);
    const packed = g.add('Reshape', [g.add('Gather', [attended.result, returning]), g.integers([-1, hidden])]);
    const out = matrices.linear(g, packed, { weight: layer.out, from: 0, out: hidden, into: hidden, bias: null });
    x = join(x, out, gate);

    const { mlpIn, mlpOut } = layer;
    const wide = 4 * hidden;
    const inner = matrices.linear(g, normalise(x, layer.norm2, mlpShift, mlpScale), {
      ...mlpIn,
      from: 0,
      out: wide,
      into: hidden,
    });
    const curved = g.add('Gelu', [inner], { approximate: 'tanh' });
    x = join(x, matrices.linear(g, curved, { ...mlpOut, from: 0, out: hidden, into: wide }), mlpGate);
  });
  const [shift, scale] = weights.finalModulation;
  const logits = matrices.linear(g, normalise(x, weights.finalNorm, shift, scale), {
    ...weights.head,
    from: 0,
    out: vocabularySize,
    into: hidden,
  });
  g.output('logits', logits, 'float32', ['A', vocabularySize]);
  if (segments !== null) {
    const temperatures = g.input('inverseTemperatures', 'float32', ['A', 1, 1]);
    const { maxima, sums } = writeSegmentSums(g, logits, temperatures, vocabularySize);
    g.output('maxima', maxima, 'float32', ['A', segments, 1]);
    g.output('sums', sums, 'float32', ['A', segments, 1]);
    g.output('totals', g.add('ReduceSum', [logits, g.integers([1])], { keepdims: 0n }), 'float32', ['A']);
  }
}
