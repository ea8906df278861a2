import { allFinite } from '../../calls/raw.js';
import { batchCalls, type Seat } from '../engine/batch.js';
import type { CallResult, Machine, MachineUsage, PassResult, Seated, Window } from '../engine/machine.js';
import { temperaturesOf } from '../engine/temperatures.js';
import type { NetworkSize } from '../network/network.js';
import { inverseTemperatures } from '../network/reduction.js';
import { segmentsOf, segmentWidth } from '../questions/segments.js';
import { deviceCosts } from './costs.js';
import type { Device, DeviceArray } from './device.js';
import { callLogits, type Want } from './logits.js';
import { LogitsPool, type SegmentsBuffer } from './logits-pool.js';
import type { DeviceNetwork, DevicePass, DeviceSummary } from './network.js';
import { Scratch } from './scratch.js';
import type { DeviceStorage, DeviceStored } from './storage.js';

export interface DeviceMachineParts {
  readonly device: Device;
  readonly network: DeviceNetwork;
  readonly storage: DeviceStorage;
  /** Hears of looks at logits that are not on the host. */
  readonly want: Want;
}

/** A network with its keys, values and logits on a device, which it takes over. What comes back of a pass is its summary, by one read. */
export class DeviceMachine implements Machine<DeviceStored> {
  readonly storage: DeviceStorage;
  readonly costs = deviceCosts;
  readonly #device: Device;
  readonly #network: DeviceNetwork;
  readonly #want: Want;
  readonly #pool: LogitsPool;
  readonly #scratch: Scratch;
  /** How many tokens the last pass has kept. */
  #kept = 0;

  constructor({ device, network, storage, want }: DeviceMachineParts) {
    this.storage = storage;
    this.#device = device;
    this.#network = network;
    this.#want = want;
    this.#pool = new LogitsPool(device);
    this.#scratch = new Scratch(device, network.size);
  }

  get size(): NetworkSize {
    return this.#network.size;
  }

  get usage(): MachineUsage {
    return this.#pool.usage;
  }

  async run(calls: readonly Seated[], { rows, stored }: Window): Promise<PassResult<DeviceStored>> {
    // The past has a bias of its own, which the device works out.
    const { pass, seats } = batchCalls(
      calls.map((call) => ({ ...call, stored: 0 })),
      { rows, capacity: 0 },
    );
    const kept = pass.kept.length > 0 ? pass.kept : Int32Array.of(0);
    const capacity = stored ? this.storage.capacity : 1;
    const past = stored ? await this.storage.past(rows) : await this.#scratch.past(rows);
    const fresh = await this.#scratch.fresh(kept.length);
    const asked = pass.answers.length;
    const buffer = await this.#pool.take(asked * segmentsOf(this.size.vocabularySize));
    try {
      const summary = await this.#network.run({
        ...pass,
        kept,
        capacity,
        past,
        fresh,
        reach: reachOf(calls, pass),
        inverseTemperatures: inverseTemperatures(temperaturesOf(calls, seats, asked)),
        logits: this.#segments(buffer.array, asked),
      });
      this.#kept = kept.length;
      const results = calls.map((call, index): CallResult<DeviceStored> => {
        const seat = seats[index] ?? { kept: 0, answer: 0 };
        return {
          kept: () => keptOf(call, seat, summary),
          answers: () => this.#answersOf(call, seat, buffer, summary),
        };
      });
      return { calls: results, buffer };
    } catch (error) {
      buffer.release();
      throw error;
    }
  }

  settle(): Promise<void> {
    return this.storage.append(this.#scratch.kept, this.#kept);
  }

  async dispose(): Promise<void> {
    this.#pool.dispose();
    this.#scratch.dispose();
    await this.storage.dispose();
    await this.#network.dispose();
    await this.#device.dispose();
  }

  #segments(array: DeviceArray, rows: number): DevicePass['logits'] {
    return array.view([rows * segmentsOf(this.size.vocabularySize), segmentWidth]);
  }

  #answersOf(
    call: Seated,
    { answer: first }: Seat,
    { array }: SegmentsBuffer,
    summary: DeviceSummary,
  ): ReturnType<CallResult<DeviceStored>['answers']> {
    const { vocabularySize } = this.size;
    const count = call.answers;
    const odd = summary.totals.subarray(first, first + count).findIndex((total) => !Number.isFinite(total));
    if (odd >= 0) throw new Error(`logits are not finite (position ${call.start + odd} of the row)`);
    const each = segmentsOf(vocabularySize);
    const part = (values: Float32Array): Float32Array => values.subarray(first * each, (first + count) * each);
    return {
      logits: callLogits({ array, first, count, vocabularySize, summary, want: this.#want }),
      totals: { maxima: part(summary.maxima), sums: part(summary.sums), moments: part(summary.moments) },
    };
  }
}

/** [R, Q]; how many cached positions the query at each place sees. Padding sees none, but the row's own keys. */
function reachOf(calls: readonly Seated[], { rows, queries, places }: Pick<DevicePass, 'rows' | 'queries' | 'places'>) {
  const reach = new Float32Array(rows * queries);
  let token = 0;
  for (const { tokens, stored } of calls) {
    for (const place of places.subarray(token, token + tokens.length)) reach[place] = stored;
    token += tokens.length;
  }
  return reach;
}

/** What is not finite must not be stored: hidden by the bias it would still make NaN of others. */
function keptOf(call: Seated, { kept: start }: Seat, summary: DeviceSummary): DeviceStored {
  if (!allFinite(summary.kept.subarray(start, start + call.keep))) throw new Error('keys or values are not finite');
  return { start, count: call.keep };
}
