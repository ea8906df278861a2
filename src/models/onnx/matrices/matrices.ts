import type { TensorEntry } from '../../checkpoint/safetensors-header.js';
import type { GraphBuilder, Value } from '../graph/builder.js';

/** Some rows of a checkpoint's matrix [out, in], with the bias that belongs to them. */
export interface LinearPart {
  readonly weight: TensorEntry;
  /** The first of `out` rows. */
  readonly from: number;
  readonly out: number;
  readonly into: number;
  /** [out], or none. */
  readonly bias: Float32Array | null;
}

/**
 * The big matrices of one network in one of the ways to keep them. A graph that refers to them is written first; then the
 * matrices that `wants` says are shown to `take`; then a session may be opened, and `close` called.
 */
export interface Matrices {
  /** Where a session finds what the graph refers to. */
  readonly folder: string;
  /** x W^T + b for packed rows x [N, in]. What a row gets does not depend on other rows. */
  linear(g: GraphBuilder, x: Value, part: LinearPart): Value;
  /** The rows [N, in] of a matrix [rows, in] at indices [N]. */
  lookUp(g: GraphBuilder, weight: TensorEntry, indices: Value): Value;
  wants(weight: TensorEntry): boolean;
  /** The whole matrix, row-major, in 32 bits. */
  take(weight: TensorEntry, data: Float32Array): Promise<void>;
  /** Lets go of what no session needs any more. */
  close(): Promise<void>;
}
