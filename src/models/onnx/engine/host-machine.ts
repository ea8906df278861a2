import { allFinite, checkLogits } from '../../calls/raw.js';
import type { KeyValueData, NetworkSize, OnnxNetwork, Reduction } from '../network/network.js';
import { reductionFor } from '../network/reduction.js';
import { HostLogits } from '../questions/logits.js';
import { batchCalls, type Seat } from './batch.js';
import { processorCosts } from './costs.js';
import { LogitsBuffers } from './logits-buffers.js';
import type { CallResult, Machine, MachineUsage, PassResult, Seated, Window } from './machine.js';
import { KeyValueStorage, type FreshRange } from './storage.js';
import { temperaturesOf } from './temperatures.js';

/** A network with its keys, values and logits in this process's memory. */
export class HostMachine implements Machine<FreshRange> {
  readonly storage: KeyValueStorage;
  readonly costs = processorCosts;
  readonly #network: OnnxNetwork;
  readonly #buffers = new LogitsBuffers();
  #scratch = new Float32Array();

  /** `length` is the most tokens of a row. */
  constructor(network: OnnxNetwork, length: number) {
    this.#network = network;
    this.storage = new KeyValueStorage(network.size, length);
  }

  get size(): NetworkSize {
    return this.#network.size;
  }

  get usage(): MachineUsage {
    return this.#buffers.usage;
  }

  async run(calls: readonly Seated[], { first, rows, stored }: Window): Promise<PassResult<FreshRange>> {
    const { layers, vocabularySize } = this.size;
    const capacity = stored ? this.storage.capacity : 0;
    const past = stored ? this.storage.view(first, rows) : Array.from({ length: layers }, () => nothing);
    const { pass, seats } = batchCalls(calls, { rows, capacity }, (length) => this.#room(length));
    const buffer = this.#buffers.take(pass.answers.length * vocabularySize);
    const reduction = reductionFor(temperaturesOf(calls, seats, pass.answers.length), this.#network.segments);
    try {
      const fresh = await this.#network.run({ ...pass, past, logits: buffer.values, reduction });
      const results = calls.map((call, index): CallResult<FreshRange> => {
        const seat = seats[index] ?? { kept: 0, answer: 0 };
        return {
          kept: () => this.#kept({ layers: fresh, positions: pass.kept.length, start: seat.kept, count: call.keep }),
          answers: () => answered(call, seat, { logits: buffer.values, vocabularySize, reduction }),
        };
      });
      return { calls: results, buffer };
    } catch (error) {
      buffer.release();
      throw error;
    }
  }

  settle(): Promise<void> {
    return Promise.resolve();
  }

  dispose(): Promise<void> {
    return this.#network.dispose();
  }

  /** What is not finite must not be stored: hidden by the bias it would still make NaN of others. */
  #kept(range: FreshRange): FreshRange {
    const { heads, width } = this.size;
    const { layers, positions, start, count } = range;
    for (const part of layers.flatMap(({ keys, values }) => [keys, values])) {
      for (let head = 0; head < heads; head += 1) {
        const from = (head * positions + start) * width;
        if (!allFinite(part.subarray(from, from + count * width))) throw new Error('keys or values are not finite');
      }
    }
    return range;
  }

  #room(length: number): Float32Array {
    if (this.#scratch.length < length) this.#scratch = new Float32Array(length);
    return this.#scratch.subarray(0, length);
  }
}

const nothing: KeyValueData = { keys: new Float32Array(), values: new Float32Array() };

/** A pass's results for all its calls. */
interface PassAnswers {
  /** [A, V] */
  readonly logits: Float32Array;
  readonly vocabularySize: number;
  readonly reduction: Reduction | null;
}

/** The logits of one call, and what the network has made of them. Throws an `Error` when they are not finite. */
function answered(
  call: Seated,
  { answer: first }: Seat,
  { logits, vocabularySize, reduction }: PassAnswers,
): ReturnType<CallResult<FreshRange>['answers']> {
  const part = (values: Float32Array, each: number): Float32Array =>
    values.subarray(first * each, (first + call.answers) * each);
  const own = part(logits, vocabularySize);
  if (reduction === null || !allFinite(part(reduction.totals, 1))) checkLogits(own, vocabularySize, call.start);
  const found = { logits: new HostLogits(own, vocabularySize) };
  if (reduction === null) return found;
  const segments = reduction.maxima.length / reduction.totals.length;
  return { ...found, totals: { maxima: part(reduction.maxima, segments), sums: part(reduction.sums, segments) } };
}
