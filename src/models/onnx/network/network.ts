/** Sizes of a compiled network. */
export interface NetworkSize {
  readonly layers: number;
  readonly heads: number;
  /** Of a head. */
  readonly width: number;
  readonly vocabularySize: number;
}

/** Keys and values of one transformer block: of cached texts [rows, heads, positions, width], of new tokens [heads, tokens, width]. */
export interface KeyValueData {
  readonly keys: Float32Array;
  readonly values: Float32Array;
}

/**
 * One forward. N tokens of all rows lie packed one behind the other; only attention sees rows, R of them, each with
 * Q query and K key places for its tokens and with C places for cached keys. What is behind a row's tokens is padding.
 */
export interface NetworkPass {
  readonly rows: number;
  readonly queries: number;
  readonly keys: number;
  readonly capacity: number;
  /** [N] */
  readonly tokens: Int32Array;
  /** [N]; positions in the row's text, from 0. */
  readonly positions: Int32Array;
  /** [R, Q]; the packed token at each query place, any token at padding. */
  readonly queryTokens: Int32Array;
  /** [R, K]; the same for keys. */
  readonly keyTokens: Int32Array;
  /** [N]; the query place (row * Q + place) of each packed token. */
  readonly places: Int32Array;
  /** [R, Q, C + K], additive: what may not be attended to has `blocked`. No query may have everything blocked. */
  readonly bias: Float32Array;
  /** For every transformer block [R, heads, C, width]; read only. */
  readonly past: readonly KeyValueData[];
  /** [M]; the packed tokens whose keys and values are wanted. */
  readonly kept: Int32Array;
  /** [A]; the packed tokens whose logits are wanted. */
  readonly answers: Int32Array;
  /** [A, V], written to. */
  readonly logits: Float32Array;
  /** What else is wanted of the logits; `null` where the network's `segments` are. */
  readonly reduction: Reduction | null;
}

/** Logits in segments of the vocabulary (`questions/segments.ts`), S of them a row. */
export interface Reduction {
  /** [A], above 0. */
  readonly inverseTemperatures: Float32Array;
  /** [A, S] each, written to: the largest logit of each segment, and the sum of exp((x - largest) / temperature). */
  readonly maxima: Float32Array;
  readonly sums: Float32Array;
  /** [A], written to: the sum of all logits of a row, which is finite only where they all are. */
  readonly totals: Float32Array;
}

/** A BlockDiT on ONNX Runtime. One pass at a time. */
export interface OnnxNetwork {
  readonly size: NetworkSize;
  /** How many segments each row of logits is reduced to; `null` where that is left to others. */
  readonly segments: number | null;
  /** Keys and values of the kept tokens, [heads, M, width], for every transformer block; valid until the next pass. */
  run(pass: NetworkPass): Promise<readonly KeyValueData[]>;
  dispose(): Promise<void>;
}
