import type { GraphBuilder, Value } from '../graph/builder.js';
import type { LinearPart, Matrices } from './matrices.js';
import { lookUp8 } from './look-up.js';
import { QuantisedParts } from './parts.js';
import { quantise8, type EightBits } from './quantise.js';
import type { TemporaryFile } from './temporary-file.js';

/** What stands for zero in the activations, which are unsigned. */
const zeroPoint = 128;
/** Keeps the scale of a row of zeros from being zero. */
const least = 1e-30;

/**
 * Weights in 8 bits with a scale for each output, activations in 8 bits with a scale for each row. Sums are integers and exact,
 * so that a row's result is the same in any batch, bit for bit.
 *
 * @param type How weights are stored. `int8` is faster, and exact where the processor does not saturate sums of two products.
 */
export function int8Matrices(file: TemporaryFile, type: EightBits): Matrices {
  const parts = new QuantisedParts(file);
  /** Activations that several products take are quantised once. */
  const activations = new Map<Value, { readonly bytes: Value; readonly scale: Value }>();
  const quantised = (g: GraphBuilder, x: Value): { readonly bytes: Value; readonly scale: Value } => {
    const known = activations.get(x);
    if (known !== undefined) return known;
    const largest = g.add('ReduceMax', [g.add('Abs', [x]), g.integers([-1])], { keepdims: 1n });
    const scale = g.add('Max', [g.add('Mul', [largest, g.floats([1 / 127])]), g.floats([least])]);
    const steps = g.add('Round', [g.add('Div', [x, scale])]);
    const bytes = g.cast(g.add('Add', [steps, g.floats([zeroPoint])]), 'uint8');
    const made = { bytes, scale };
    activations.set(x, made);
    return made;
  };
  return {
    folder: file.folder,
    linear: (g, x, part) => linear8(g, quantised(g, x), part, parts, type),
    lookUp: (g, weight, indices) => lookUp8(g, weight, indices, parts),
    wants: (weight) => parts.has(weight),
    take: (weight, data) => parts.write(weight, data),
    close: () => file.close(),
  };
}

function linear8(
  g: GraphBuilder,
  x: { readonly bytes: Value; readonly scale: Value },
  { weight, from, out, into, bias }: LinearPart,
  parts: QuantisedParts,
  type: EightBits,
): Value {
  const { data, scales } = parts.add(
    weight,
    { from, rows: out, quantise: (rows, columns) => quantise8(rows, columns, { type, columnMajor: true }) },
    { bytes: out * into, scales: out },
  );
  const zero = g.bytes(type, [type === 'uint8' ? zeroPoint : 0]);
  const sums = g.add('MatMulInteger', [
    x.bytes,
    g.external(`${weight.name}.${from}`, type, [into, out], data),
    g.bytes('uint8', [zeroPoint]),
    zero,
  ]);
  const scaled = g.add('Mul', [g.cast(sums, 'float32'), x.scale]);
  const result = g.add('Mul', [scaled, g.external(`${weight.name}.${from}.scales`, 'float32', [out], scales)]);
  return bias === null ? result : g.add('Add', [result, g.floats(bias, [out])]);
}
