import { basename, dirname } from 'node:path';
import { bytesPer, type Dtype, type TensorEntry } from '../../checkpoint/safetensors-header.js';
import type { GraphBuilder, Value } from '../graph/builder.js';
import type { ElementType } from '../graph/model.js';
import type { Matrices } from './matrices.js';

const types = { F32: 'float32', F16: 'float16', BF16: 'bfloat16' } as const satisfies Record<Dtype, ElementType>;
const float32 = 1n;

/** Rows of a matrix where they lie: `location` is a file in the session's folder. */
function storedRows(
  g: GraphBuilder,
  location: string,
  { name, dtype, shape, offset }: TensorEntry,
  { from, rows }: { readonly from: number; readonly rows: number },
): Value {
  const [, columns = 0] = shape;
  const rowBytes = columns * bytesPer[dtype];
  const range = { location, offset: offset + from * rowBytes, length: rows * rowBytes };
  return g.external(`${name}.${from}`, types[dtype], [rows, columns], range);
}

/** Numbers of the type that a tensor is stored in, in 32 bits. */
const widened = (g: GraphBuilder, value: Value, { dtype }: TensorEntry): Value =>
  dtype === 'F32' ? value : g.add('Cast', [value], { to: float32 });

/** 32 bits: the session reads the matrices by itself, out of the safetensors file at `path` (without symbolic links). */
export function storedMatrices(path: string): Matrices {
  const location = basename(path);
  return {
    folder: dirname(path),
    linear: (g, x, { weight, from, out, bias }) => {
      const inputs = [x, widened(g, storedRows(g, location, weight, { from, rows: out }), weight)];
      if (bias !== null) inputs.push(g.floats(bias, [out]));
      return g.add('Gemm', inputs, { transB: 1n });
    },
    lookUp: (g, weight, indices) => {
      const rows = weight.shape[0] ?? 0;
      return widened(g, g.add('Gather', [storedRows(g, location, weight, { from: 0, rows }), indices]), weight);
    },
    wants: () => false,
    take: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
}
