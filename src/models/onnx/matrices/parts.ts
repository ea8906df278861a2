import type { TensorEntry } from '../../checkpoint/safetensors-header.js';
import type { ExternalData } from '../graph/model.js';
import type { Quantised } from './quantise.js';
import type { TemporaryFile } from './temporary-file.js';

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
