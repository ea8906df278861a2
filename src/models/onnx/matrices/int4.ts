import { lookUp8 } from './look-up.js';
import type { Matrices } from './matrices.js';
import { QuantisedParts } from './parts.js';
import { blockSize4, quantise4 } from './quantise.js';
import type { TemporaryFile } from './temporary-file.js';

/** Activations in 8 bits, a scale for each block of a row. */
const eightBitActivations = 4n;

/** Weights in 4 bits with a scale for each 32 numbers of a row; the embedding, of which rows are looked up, in 8. */
export function int4Matrices(file: TemporaryFile): Matrices {
  const parts = new QuantisedParts(file);
  return {
    folder: file.folder,
    linear: (g, x, { weight, from, out, into, bias }) => {
      const blocks = Math.ceil(into / blockSize4);
      const { data, scales } = parts.add(
        weight,
        { from, rows: out, quantise: quantise4 },
        { bytes: (out * blocks * blockSize4) / 2, scales: out * blocks },
      );
      const name = `${weight.name}.${from}`;
      const result = g.add(
        'MatMulNBits',
        [
          x,
          g.external(name, 'uint8', [out, blocks, blockSize4 / 2], data),
          g.external(`${name}.scales`, 'float32', [out * blocks], scales),
        ],
        {
          K: BigInt(into),
          N: BigInt(out),
          bits: 4n,
          block_size: BigInt(blockSize4),
          accuracy_level: eightBitActivations,
        },
        'com.microsoft',
      );
      return bias === null ? result : g.add('Add', [result, g.floats(bias, [out])]);
    },
    lookUp: (g, weight, indices) => lookUp8(g, weight, indices, parts),
    wants: (weight) => parts.has(weight),
    take: (weight, data) => parts.write(weight, data),
    close: () => file.close(),
  };
}
