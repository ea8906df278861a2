import { GraphBuilder } from '../graph/builder.js';
import type { CallLogits, LogitsSource } from '../questions/logits.js';
import { segmentsOf, segmentWidth } from '../questions/segments.js';
import type { Device, DeviceArray, Program } from './device.js';
import { DeviceLogits, segmentIndices, type DeviceRow } from './logits.js';

/** Brings logits from a device to the host: the segments that answers look at, and whole calls where that is asked for. */
export class DeviceSource implements LogitsSource {
  readonly #device: Device;
  readonly #program: Program;
  readonly #wanted = new Map<DeviceRow, Set<number>>();
  #missing = 0;

  private constructor(device: Device, program: Program) {
    this.#device = device;
    this.#program = program;
  }

  static async open(device: Device): Promise<DeviceSource> {
    const g = new GraphBuilder();
    const logits = g.input('logits', 'float32', ['segments', segmentWidth]);
    const taken = g.add('Gather', [logits, g.input('indices', 'int32', ['n'])]);
    g.output('taken', taken, 'float32', ['n', segmentWidth]);
    return new DeviceSource(device, await device.program(g.encode()));
  }

  get missing(): number {
    return this.#missing;
  }

  /** What `DeviceRow` tells of a look at something that is not there. */
  want(row: DeviceRow, segment: number): void {
    this.#missing += 1;
    const segments = this.#wanted.get(row) ?? new Set();
    segments.add(segment);
    this.#wanted.set(row, segments);
  }

  /** One read for each pass that rows are of. */
  async fetch(): Promise<void> {
    const wanted = [...this.#wanted].flatMap(([row, segments]) => [...segments].map((segment) => ({ row, segment })));
    this.#wanted.clear();
    this.#missing = 0;
    for (const array of new Set(wanted.map(({ row }) => row.place.array))) {
      const looks = wanted.filter(({ row }) => row.place.array === array);
      const indices = Int32Array.from(looks, ({ row, segment }) => row.place.first + segment);
      const taken = await this.#take(array, indices);
      looks.forEach(({ row, segment }, i) =>
        row.take(segment, taken.subarray(i * segmentWidth, (i + 1) * segmentWidth)),
      );
    }
  }

  async read(logits: CallLogits): Promise<Float32Array> {
    if (!(logits instanceof DeviceLogits)) throw new Error('logits of the processor were asked of a device');
    const { places, vocabularySize } = logits;
    const [first] = places;
    if (first === undefined) return new Float32Array();
    const taken = await this.#take(first.array, segmentIndices(places, vocabularySize));
    // What fills up the last segment of each row goes.
    const whole = segmentsOf(vocabularySize) * segmentWidth;
    const values = new Float32Array(places.length * vocabularySize);
    places.forEach((_, row) => {
      values.set(taken.subarray(row * whole, row * whole + vocabularySize), row * vocabularySize);
    });
    return values;
  }

  dispose(): Promise<void> {
    return this.#program.dispose();
  }

  async #take(array: DeviceArray, indices: Int32Array): Promise<Float32Array> {
    const taken = new Float32Array(indices.length * segmentWidth);
    const logits = array.view([array.length / segmentWidth, segmentWidth]);
    const inputs = { logits, indices: this.#device.integers(indices, [indices.length]) };
    await this.#program.run(inputs, {}, { taken: this.#device.floats(taken, [indices.length, segmentWidth]) });
    return taken;
  }
}
