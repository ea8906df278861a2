import type { GraphBuilder, Value } from '../graph/builder.js';

/** Some rows of a checkpoint's matrix [out, in], with the numbers that belong to them. */
export interface LinearPart<T> {
  readonly weight: T;
  /** The first of `out` rows. */
  readonly from: number;
  readonly out: number;
  readonly into: number;
  /** [out], or none. */
  readonly bias: Float32Array | null;
}

/**
 * x W^T + b for packed rows x [N, in], in one of the ways to store W. The result of a row does not depend on other rows.
 */
export type LinearWriter<T> = (g: GraphBuilder, x: Value, part: LinearPart<T>) => Value;
