import type { Dtype } from '../../checkpoint/safetensors.js';
import type { GraphBuilder, Value } from '../graph/builder.js';
import type { ElementType } from '../graph/model.js';
import type { LinearPart } from './linear.js';

/** A tensor of a safetensors file that the session reads by itself. */
export interface StoredWeight {
  readonly name: string;
  readonly dtype: Dtype;
  /** In the file, in bytes. */
  readonly offset: number;
}

const stored = {
  F32: { type: 'float32', bytes: 4 },
  F16: { type: 'float16', bytes: 2 },
  BF16: { type: 'bfloat16', bytes: 2 },
} as const satisfies Record<Dtype, { type: ElementType; bytes: number }>;

/** Writes graphs whose matrices stay where they are, in the file named `location`. */
export const storedWeights = (
  location: string,
): {
  readonly linear: (g: GraphBuilder, x: Value, part: LinearPart<StoredWeight>) => Value;
  readonly table: (g: GraphBuilder, weight: StoredWeight, rows: number, columns: number) => Value;
} => {
  const matrix = (g: GraphBuilder, weight: StoredWeight, from: number, rows: number, columns: number): Value => {
    const { type, bytes } = stored[weight.dtype];
    const rowBytes = columns * bytes;
    const range = { location, offset: weight.offset + from * rowBytes, length: rows * rowBytes };
    return g.external(`${weight.name}.${from}`, type, [rows, columns], range);
  };
  const widened = (g: GraphBuilder, value: Value, { dtype }: StoredWeight): Value =>
    dtype === 'F32' ? value : g.add('Cast', [value], { to: 1n });
  return {
    linear: (g, x, { weight, from, out, into, bias }) => {
      const inputs = [x, widened(g, matrix(g, weight, from, out, into), weight)];
      if (bias !== null) inputs.push(g.floats(bias, [out]));
      return g.add('Gemm', inputs, { transB: 1n });
    },
    table: (g, weight, rows, columns) => widened(g, matrix(g, weight, 0, rows, columns), weight),
  };
};
