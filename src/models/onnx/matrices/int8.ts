import type { TensorEntry } from '../../checkpoint/safetensors-header.js';
import type { GraphBuilder, Value } from '../graph/builder.js';
import type { ExternalData } from '../graph/model.js';
import type { LinearPart, Matrices } from './matrices.js';
import { quantise8, type EightBits, type Quantised } from './quantise.js';
import type { TemporaryFile } from './temporary-file.js';

const float32 = 1n;
const uint8 = 2n;
/** What stands for zero in the activations, which are unsigned. */
const zeroPoint = 128;
/** Keeps the scale of a row of zeros from being zero. */
const least = 1e-30;

/** Numbers of a tensor in the file, to be written when it is read. */
interface Part {
  readonly from: number;
  readonly rows: number;
  readonly quantise: (rows: Float32Array, columns: number) => Quantised;
  readonly data: ExternalData;
  readonly scales: ExternalData;
}

/** Parts of tensors by the tensors' names. */
export class QuantisedParts {
  readonly #file: TemporaryFile;
  readonly #parts = new Map<string, Part[]>();

  constructor(file: TemporaryFile) {
    this.#file = file;
  }

  /** Sets aside room for some rows of a matrix in `bytes` and `scales` numbers. */
  add(
    weight: TensorEntry,
    { from, rows, quantise }: Pick<Part, 'from' | 'rows' | 'quantise'>,
    { bytes, scales }: { readonly bytes: number; readonly scales: number },
  ): Pick<Part, 'data' | 'scales'> {
    const part: Part = {
      from,
      rows,
      quantise,
      data: this.#file.range(bytes),
      scales: this.#file.range(scales * Float32Array.BYTES_PER_ELEMENT),
    };
    this.#parts.set(weight.name, [...(this.#parts.get(weight.name) ?? []), part]);
    return part;
  }

  has(weight: TensorEntry): boolean {
    return this.#parts.has(weight.name);
  }

  async write(weight: TensorEntry, matrix: Float32Array): Promise<void> {
    const [, columns = 0] = weight.shape;
    for (const { from, rows, quantise, ...ranges } of this.#parts.get(weight.name) ?? []) {
      const { data, scales } = quantise(matrix.subarray(from * columns, (from + rows) * columns), columns);
      await this.#file.write(ranges.data, data);
      await this.#file.write(ranges.scales, scales);
    }
  }
}

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
    const bytes = g.add('Cast', [g.add('Add', [steps, g.floats([zeroPoint])])], { to: uint8 });
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
  const scaled = g.add('Mul', [g.add('Cast', [sums], { to: float32 }), x.scale]);
  const result = g.add('Mul', [scaled, g.external(`${weight.name}.${from}.scales`, 'float32', [out], scales)]);
  return bias === null ? result : g.add('Add', [result, g.floats(bias, [out])]);
}

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
  const wide = g.add('Cast', [g.add('Gather', [table, indices])], { to: float32 });
  return g.add('Mul', [wide, g.add('Gather', [scale, indices])]);
}
