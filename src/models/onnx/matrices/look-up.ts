import type { TensorEntry } from '../../checkpoint/safetensors-header.js';
import type { GraphBuilder, Value } from '../graph/builder.js';
import type { QuantisedParts } from './parts.js';
import { quantise8 } from './quantise.js';

/** Rows of 8-bit numbers times their scales. */
export function lookUp8(g: GraphBuilder, weight: TensorEntry, indices: Value, parts: QuantisedParts): Value {
  const [rows = 0, columns = 0] = weight.shape;
  const { data, scales } = parts.add(
    weight,
    {
      from: 0,
      rows,
      quantise: (matrix, width) => quantise8(matrix, width, { type: 'int8', columnMajor: false }),
    },
    { bytes: rows * columns, scales: rows },
  );
  const table = g.external(weight.name, 'int8', [rows, columns], data);
  const scale = g.external(`${weight.name}.scales`, 'float32', [rows, 1], scales);
  const wide = g.cast(g.add('Gather', [table, indices]), 'float32');
  return g.add('Mul', [wide, g.add('Gather', [scale, indices])]);
}
