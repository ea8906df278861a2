import { basename } from 'node:path';
import { InputError } from '../../../graph/input-error.js';
import type { TensorEntry } from '../../checkpoint/safetensors-header.js';
import type { Matrices } from './matrices.js';
import { leftIn, storedRows } from './stored.js';

/** From here on a number is rounded to infinity: the largest one of 16 bits is 65504. */
const endless = 65_520;

/**
 * Products in 16 bits, for a GPU; the session narrows the matrices once, when it loads them from the safetensors file at `path`
 * (without symbolic links). What lies between the products stays in 32 bits. Throws an `InputError` for numbers that 16 bits do not hold.
 */
export function fp16Matrices(path: string): Matrices {
  const location = basename(path);
  const used = new Set<TensorEntry>();
  return {
    ...leftIn(path),
    linear: (g, x, { weight, from, out, bias }) => {
      used.add(weight);
      const narrow = (value: string): string => g.cast(value, 'float16');
      const inputs = [narrow(x), narrow(storedRows(g, location, weight, { from, rows: out }))];
      if (bias !== null) {
        refuseEndless(bias, `the bias beside ${weight.name}`);
        inputs.push(narrow(g.floats(bias, [out])));
      }
      return g.cast(g.add('Gemm', inputs, { transB: 1n }), 'float32');
    },
    lookUp: (g, weight, indices) => {
      used.add(weight);
      const rows = weight.shape[0] ?? 0;
      const table = g.cast(storedRows(g, location, weight, { from: 0, rows }), 'float16');
      return g.cast(g.add('Gather', [table, indices]), 'float32');
    },
    wants: (weight) => weight.dtype !== 'F16' && used.has(weight),
    take: (weight, data) => {
      refuseEndless(data, weight.name);
      return Promise.resolve();
    },
  };
}

function refuseEndless(values: Float32Array, name: string): void {
  const value = values.find((each) => Math.abs(each) >= endless);
  if (value === undefined) return;
  throw new InputError(
    `fp16 has no room for this model: ${name} holds ${value.toPrecision(6)}, and numbers of 16 bits end at 65504. --precision fp32 has room.`,
  );
}
