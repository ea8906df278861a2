import { basename } from 'node:path';
import type { Matrices } from './matrices.js';
import { leftIn, storedRows } from './stored.js';

/**
 * Products in 16 bits, for a GPU; the session narrows the matrices once, when it loads them from the safetensors file at `path`
 * (without symbolic links). What lies between the products stays in 32 bits.
 */
export function fp16Matrices(path: string): Matrices {
  const location = basename(path);
  return {
    ...leftIn(path),
    linear: (g, x, { weight, from, out, bias }) => {
      const narrow = (value: string): string => g.cast(value, 'float16');
      const inputs = [narrow(x), narrow(storedRows(g, location, weight, { from, rows: out }))];
      if (bias !== null) inputs.push(narrow(g.floats(bias, [out])));
      return g.cast(g.add('Gemm', inputs, { transB: 1n }), 'float32');
    },
    lookUp: (g, weight, indices) => {
      const rows = weight.shape[0] ?? 0;
      const table = g.cast(storedRows(g, location, weight, { from: 0, rows }), 'float16');
      return g.cast(g.add('Gather', [table, indices]), 'float32');
    },
  };
}
