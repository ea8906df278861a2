import type { Tensor } from 'onnxruntime-node';
import type { Row } from '../questions/batches.js';
import { inputNames, outputsOf, type SegmentGraph } from '../questions/graphs.js';
import type { RowLogits } from '../questions/logits.js';
import type { Reduced, Reducer } from '../questions/reducer.js';
import { segmentsOf, segmentWidth } from '../questions/segments.js';
import type { Device, DeviceArray, Program } from './device.js';
import { DeviceRow, segmentIndices } from './logits.js';
import { deviceSegmentGraph, indicesName, results, type Vocabulary } from './segment-values.js';

/** A row, and where on the device its inputs are. */
interface Placed<R> {
  readonly row: R;
  readonly inputs: readonly DeviceRow[];
}

/** Runs the graphs for questions where the logits are, and reads a few numbers a segment back. */
export class DeviceReducer implements Reducer {
  readonly withoutMask = true;
  readonly #device: Device;
  readonly #vocabulary: Vocabulary;
  readonly #programs = new Map<SegmentGraph, Promise<Program>>();

  constructor(device: Device, vocabulary: Vocabulary) {
    this.#device = device;
    this.#vocabulary = vocabulary;
  }

  /** One run, with one read, for each pass (or pair of passes) that rows are of. */
  async reduce<R extends Row<RowLogits>>(graph: SegmentGraph, rows: readonly R[]): Promise<Map<R, Reduced>> {
    const reduced = new Map<R, Reduced>();
    if (rows.length === 0) return reduced;
    const program = await this.#program(graph);
    for (const batch of batchesOf(rows)) {
      const inputs = this.#inputs(graph, batch);
      const outputs: readonly string[] = outputsOf[graph];
      const segments = segmentsOf(this.#vocabulary.vocabularySize);
      const each = batch.length * segments;
      const found = new Float32Array(outputs.length * each);
      const shape = [outputs.length * batch.length, segments, 1];
      await program.run(inputs, {}, { [results]: this.#device.floats(found, shape) });
      batch.forEach(({ row }, index) => {
        reduced.set(row, (output) => {
          const from = outputs.indexOf(output) * each + index * segments;
          if (from < 0) throw new Error(`a graph for questions has no ${output}`);
          return found.subarray(from, from + segments);
        });
      });
    }
    return reduced;
  }

  async dispose(): Promise<void> {
    const programs = await Promise.allSettled(this.#programs.values());
    this.#programs.clear();
    for (const program of programs) if (program.status === 'fulfilled') await program.value.dispose();
  }

  #program(graph: SegmentGraph): Promise<Program> {
    const known = this.#programs.get(graph);
    if (known !== undefined) return known;
    const program = this.#device.program(deviceSegmentGraph(graph, this.#vocabulary));
    this.#programs.set(graph, program);
    program.catch(() => this.#programs.delete(graph));
    return program;
  }

  #inputs(graph: SegmentGraph, batch: readonly Placed<Row<RowLogits>>[]): Record<string, Tensor> {
    const { vocabularySize } = this.#vocabulary;
    const [rows, segments] = [batch.length, segmentsOf(vocabularySize)];
    const inputs: Record<string, Tensor> = {};
    batch[0]?.inputs.forEach(({ place: { array } }, index) => {
      const names = inputNames(index);
      const places = batch.flatMap((each) => each.inputs[index]?.place ?? []);
      inputs[names.logits] = array.view([array.length / segmentWidth, segmentWidth]);
      inputs[indicesName(index)] = this.#device.integers(segmentIndices(places, vocabularySize), [rows, segments]);
      if (graph !== 'maxima') {
        const scales = Float32Array.from(batch, ({ row }) => 1 / (row.inputs[index]?.temperature ?? 1));
        inputs[names.inverseTemperatures] = this.#device.floats(scales, [rows, 1, 1]);
      }
      if (graph === 'relative-entropies' || graph === 'distances') {
        const factors = new Float32Array(rows * segments);
        batch.forEach(({ row }, at) => factors.set(row.inputs[index]?.factors ?? [], at * segments));
        inputs[names.factors] = this.#device.floats(factors, [rows, segments, 1]);
      }
    });
    return inputs;
  }
}

/** Rows whose logits are in the same arrays. */
function batchesOf<R extends Row<RowLogits>>(rows: readonly R[]): Placed<R>[][] {
  const batches = new Map<DeviceArray, Map<DeviceArray | undefined, Placed<R>[]>>();
  for (const row of rows) {
    const inputs = row.inputs.map(({ logits }) => {
      if (logits instanceof DeviceRow) return logits;
      throw new Error('logits of the processor were given to a graph of a device');
    });
    const [first, second] = inputs;
    if (first === undefined) continue;
    const others = batches.get(first.place.array) ?? new Map<DeviceArray | undefined, Placed<R>[]>();
    batches.set(first.place.array, others);
    const batch = others.get(second?.place.array) ?? [];
    others.set(second?.place.array, batch);
    batch.push({ row, inputs });
  }
  return [...batches.values()].flatMap((others) => [...others.values()]);
}
