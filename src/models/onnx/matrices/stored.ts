import { basename, dirname } from 'node:path';
import { bytesPer, type Dtype, type TensorEntry } from '../../checkpoint/safetensors-header.js';
import type { GraphBuilder, Value } from '../graph/builder.js';
import type { ElementType } from '../graph/model.js';
import type { Matrices } from './matrices.js';

const types = { F32: 'float32', F16: 'float16', BF16: 'bfloat16' } as const satisfies Record<Dtype, ElementType>;

/** Rows of a matrix where they lie: `location` is a file in the session's folder. */
export function storedRows(
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

/** What matrices have in common that stay in the safetensors file at `path`, for which the session needs no help. */
export const leftIn = (path: string): Pick<Matrices, 'folder' | 'wants' | 'take' | 'close'> => ({
  folder: dirname(path),
  wants: () => false,
  take: () => Promise.resolve(),
  close: () => Promise.resolve(),
});

/** Numbers of the type that a tensor is stored in, in 32 bits. */
const widened = (g: GraphBuilder, value: Value, { dtype }: TensorEntry): Value =>
  dtype === 'F32' ? value : g.cast(value, 'float32');

/**
 * 32 bits: the session reads the matrices by itself, out of the safetensors file at `path` (without symbolic links).
 *
 * @param table What is widened of an embedding that is stored in 16 bits: the `rows` that are looked up, which leaves the table in
 * its file, or the `whole` of it when it is loaded, for devices that know no 16-bit numbers.
 */
export function storedMatrices(path: string, table: 'rows' | 'whole' = 'rows'): Matrices {
  const location = basename(path);
  return {
    ...leftIn(path),
    linear: (g, x, { weight, from, out, bias }) => {
      const inputs = [x, widened(g, storedRows(g, location, weight, { from, rows: out }), weight)];
      if (bias !== null) inputs.push(g.floats(bias, [out]));
      return g.add('Gemm', inputs, { transB: 1n });
    },
    lookUp: (g, weight, indices) => {
      const stored = storedRows(g, location, weight, { from: 0, rows: weight.shape[0] ?? 0 });
      if (table === 'whole') return g.add('Gather', [widened(g, stored, weight), indices]);
      return widened(g, g.add('Gather', [stored, indices]), weight);
    },
  };
}
