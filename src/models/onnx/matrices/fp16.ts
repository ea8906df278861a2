import { basename, dirname } from 'node:path';
import type { Matrices } from './matrices.js';
import { storedRows } from './stored.js';

const float32 = 1n;
const float16 = 10n;

/**
 * Products in 16 bits, for a GPU; the session narrows the matrices once, when it loads them from the safetensors file at `path`
 * (without symbolic links). What lies between the products stays in 32 bits.
 */
export function fp16Matrices(path: string): Matrices {
  const location = basename(path);
  return {
    folder: dirname(path),
    linear: (g, x, { weight, from, out, bias }) => {
      const narrow = (value: string): string => g.add('Cast', [value], { to: float16 });
      const inputs = [narrow(x), narrow(storedRows(g, location, weight, { from, rows: out }))];
      if (bias !== null) inputs.push(narrow(g.floats(bias, [out])));
      return g.add('Cast', [g.add('Gemm', inputs, { transB: 1n })], { to: float32 });
    },
    lookUp: (g, weight, indices) => {
      const rows = weight.shape[0] ?? 0;
      const table = g.add('Cast', [storedRows(g, location, weight, { from: 0, rows })], { to: float16 });
      return g.add('Cast', [g.add('Gather', [table, indices])], { to: float32 });
    },
    wants: () => false,
    take: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
}
