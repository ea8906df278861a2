/** A linear layer as stored: weight [out, in], bias [out]. */
export interface Linear<T> {
  readonly weight: T;
  readonly bias: T;
}

/** One transformer block. D hidden size, C condition width. */
export interface LayerWeights<T> {
  /** [D] */
  readonly norm1: T;
  /** [3D, D]; rows ordered q, k, v, each split into heads. */
  readonly qkv: T;
  /** [D, D] */
  readonly out: T;
  /** [D] */
  readonly norm2: T;
  /** [4D, D] */
  readonly mlpIn: Linear<T>;
  /** [D, 4D] */
  readonly mlpOut: Linear<T>;
  /** [6D, C]: shift, scale, gate of attention, then of the MLP. */
  readonly modulation: Linear<T> | null;
}

/**
 * The parameters of a BlockDiT or DiT, by role and not folded, so that the same structure serves inference,
 * training (`T` a variable) and writing. V vocabulary size.
 */
export interface DitWeights<T> {
  /** [V, D] */
  readonly embedding: T;
  /** The sinusoid's MLP, [C, 256] and [C, C]; present exactly where the layers have `modulation`. */
  readonly sigmaMap: { readonly first: Linear<T>; readonly second: Linear<T> } | null;
  readonly layers: readonly LayerWeights<T>[];
  /** [D] */
  readonly finalNorm: T;
  /** [2D, C]: shift, scale. */
  readonly finalModulation: Linear<T> | null;
  /** [V, D] */
  readonly head: Linear<T>;
}

/** Sizes that decide every tensor's shape. */
export interface DitShape {
  readonly vocabularySize: number;
  readonly hidden: number;
  readonly layers: number;
  /** Width of the adaLN condition, `null` without adaLN. */
  readonly condition: number | null;
}

/** Features of the sinusoid that embeds sigma. */
export const sinusoidFeatures = 256;

/**
 * Builds the structure by asking for every tensor once, by its published name and shape, in the published order.
 * This is the one place that knows the names.
 */
export function buildWeights<T>(shape: DitShape, get: (name: string, shape: readonly number[]) => T): DitWeights<T> {
  const { vocabularySize, hidden, condition } = shape;
  const linear = (name: string, out: number, into: number): Linear<T> => ({
    weight: get(`${name}.weight`, [out, into]),
    bias: get(`${name}.bias`, [out]),
  });
  const adaLN = (name: string, vectors: number) =>
    condition === null ? null : linear(`${name}.adaLN_modulation`, vectors * hidden, condition);
  const embedding = get('vocab_embed.embedding', [vocabularySize, hidden]);
  const sigmaMap =
    condition === null
      ? null
      : {
          first: linear('sigma_map.mlp.0', condition, sinusoidFeatures),
          second: linear('sigma_map.mlp.2', condition, condition),
        };
  const layers = Array.from({ length: shape.layers }, (_, index): LayerWeights<T> => {
    const block = `blocks.${index}`;
    return {
      norm1: get(`${block}.norm1.weight`, [hidden]),
      qkv: get(`${block}.attn_qkv.weight`, [3 * hidden, hidden]),
      out: get(`${block}.attn_out.weight`, [hidden, hidden]),
      norm2: get(`${block}.norm2.weight`, [hidden]),
      mlpIn: linear(`${block}.mlp.0`, 4 * hidden, hidden),
      mlpOut: linear(`${block}.mlp.2`, hidden, 4 * hidden),
      modulation: adaLN(block, 6),
    };
  });
  return {
    embedding,
    sigmaMap,
    layers,
    finalNorm: get('output_layer.norm_final.weight', [hidden]),
    finalModulation: adaLN('output_layer', 2),
    head: linear('output_layer.linear', vocabularySize, hidden),
  };
}
