import { layerNormEpsilon } from '../../checkpoint/fold.js';
import type { TensorEntry } from '../../checkpoint/safetensors-header.js';
import type { Modulation } from '../../checkpoint/modulation.js';
import type { GraphBuilder, Value } from '../graph/builder.js';
import type { Matrices } from '../matrices/matrices.js';
import type { Pieces } from './attention.js';
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

export interface BlocksPlan {
  readonly size: NetworkSize;
  readonly weights: GraphWeights;
  readonly matrices: Matrices;
}

/** What the tokens of a pass are and how they see each other, as values of a graph. */
export interface Packed {
  /** [N] */
  readonly tokens: Value;
  /** [N, 1], 64-bit; in the row's text, from 0. */
  readonly positions: Value;
  /** [A]; the tokens whose logits are wanted. */
  readonly answers: Value;
  /** [N, heads]; where among the pieces of an attention's result those of each token are. */
  readonly back: Value;
  /** The result of a block's attention, [pieces, width]. */
  attend(pieces: Pieces, layer: number): Value;
}

/**
 * One forward of a BlockDiT (BlockGen, arXiv 2606.02241) or DiT, from tokens to logits [A, V].
 * adaLN is constant, so that shift and scale go into the norms, and a gate is one multiplication of its branch.
 */
export function writeBlocks(g: GraphBuilder, { size, weights, matrices }: BlocksPlan, packed: Packed): Value {
  const { layers, heads, width, vocabularySize } = size;
  const hidden = heads * width;
  const rotate = createRotary(g, width);

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

  let x = matrices.lookUp(g, weights.embedding, packed.tokens);
  weights.layers.forEach((layer, index) => {
    const [shift, scale, gate, mlpShift, mlpScale, mlpGate] = layer.modulation;
    const last = index === layers - 1;

    const normal = normalise(x, layer.norm1, shift, scale);
    const part = { weight: layer.qkv, into: hidden, bias: null };
    const queriesAndKeys = matrices.linear(g, normal, { ...part, from: 0, out: 2 * hidden });
    const values = matrices.linear(g, normal, { ...part, from: 2 * hidden, out: hidden });
    const attended = packed.attend(
      {
        queriesAndKeys: rotate(queriesAndKeys, packed.positions, 2 * heads),
        values: g.add('Reshape', [values, g.integers([-1, width])]),
      },
      index,
    );

    // Of the last block's result only the answers are read; the other tokens leave their keys and values.
    const returning = last ? g.add('Gather', [packed.back, packed.answers]) : packed.back;
    if (last) x = g.add('Gather', [x, packed.answers]);
    const joined = g.add('Reshape', [g.add('Gather', [attended, returning]), g.integers([-1, hidden])]);
    const out = matrices.linear(g, joined, { weight: layer.out, from: 0, out: hidden, into: hidden, bias: null });
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
  return matrices.linear(g, normalise(x, weights.finalNorm, shift, scale), {
    ...weights.head,
    from: 0,
    out: vocabularySize,
    into: hidden,
  });
}
