/** Sizes of a compiled network. */
export interface NetworkSize {
  readonly layers: number;
  readonly heads: number;
  /** Of a head. */
  readonly width: number;
  readonly vocabularySize: number;
}

/** Keys and values of one transformer block, each [rows, heads, positions, width]. */
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
  /** [A]; the packed tokens whose logits are wanted. */
  readonly answers: Int32Array;
  /** [A, V], written to. */
  readonly logits: Float32Array;
}

/** A BlockDiT on ONNX Runtime. One pass at a time. */
export interface OnnxNetwork {
  readonly size: NetworkSize;
  /** Keys and values of the new tokens, [R, heads, K, width], for every transformer block; valid until the next pass. */
  run(pass: NetworkPass): Promise<readonly KeyValueData[]>;
  dispose(): Promise<void>;
}
