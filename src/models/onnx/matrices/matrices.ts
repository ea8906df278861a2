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

/** The big matrices of a network in one of the ways to keep them. */
export interface Matrices {
  /** Where a session finds what `linear` and `lookUp` refer to. */
  readonly folder: string;
  /** x W^T + b for packed rows x [N, in]. What a row gets does not depend on other rows. */
  linear(g: GraphBuilder, x: Value, part: LinearPart): Value;
  /** The rows [N, in] of a matrix [rows, in] at indices [N]. */
  lookUp(g: GraphBuilder, weight: TensorEntry, indices: Value): Value;
}
