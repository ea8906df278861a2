import { messageOf } from '../../../graph/message-of.js';
import { allFinite } from '../../calls/raw.js';
import type { KeyValueData, OnnxNetwork, Reduction } from '../network/network.js';
import { reductionFor } from '../network/reduction.js';
import { answered, temperaturesOf } from './answered.js';
import { batchCalls, type Seat } from './batch.js';
import { groupByCost } from './group.js';
import type { LogitsBuffer, LogitsBuffers } from './logits-buffers.js';
import type { Predictions } from './predictions.js';
import { partsOf, type CallPart } from './prefill.js';
import type { EngineCall, ForwardOutcome, Outcome } from './protocol.js';
import type { Rows, Slots } from './slots.js';
import type { FreshRange } from './storage.js';

/** A call on its way: its parts, and what became of those that went. */
interface Task {
  readonly parts: readonly CallPart[];
  outcome: Outcome<null>;
}

/** Runs calls through the network and keeps what they leave: keys and values in slots, logits as predictions. */
export class ForwardRunner {
  readonly #network: OnnxNetwork;
  readonly #slots: Slots;
  readonly #buffers: LogitsBuffers;
  readonly #predictions: Predictions;
  #scratch = new Float32Array();
  /** Handles of its own have numbers that the handles' side does not give out. */
  #ids = 0;
  #passes = 0;
  #positions = 0;

  constructor(network: OnnxNetwork, slots: Slots, buffers: LogitsBuffers, predictions: Predictions) {
    this.#network = network;
    this.#slots = slots;
    this.#buffers = buffers;
    this.#predictions = predictions;
  }

  /** Settles each call for itself. */
  async run(calls: readonly EngineCall[]): Promise<ForwardOutcome> {
    const [passes, positions] = [this.#passes, this.#positions];
    const own: number[] = [];
    const newId = () => {
      this.#ids -= 1;
      own.push(this.#ids);
      return this.#ids;
    };
    const tasks = calls.map((call): Task => ({ parts: partsOf(call, newId), outcome: done }));
    const pieces = Math.max(1, ...tasks.map(({ parts }) => parts.length)) - 1;
    // The last parts go together, since only they can have a lot of company.
    for (let piece = 0; piece < pieces; piece += 1) {
      await this.#together(tasks, ({ parts }) => (piece < parts.length - 1 ? parts[piece] : undefined));
    }
    await this.#together(tasks, ({ parts }) => parts.at(-1));
    for (const id of own) if (this.#slots.has(id)) this.#slots.release(id);
    return {
      outcomes: tasks.map(({ outcome }) => outcome),
      passes: this.#passes - passes,
      positions: this.#positions - positions,
    };
  }

  /** One part of each task that has one and has not failed. */
  async #together(tasks: readonly Task[], partOf: (task: Task) => CallPart | undefined): Promise<void> {
    const now = tasks.flatMap((task) => {
      const part = task.outcome.ok ? partOf(task) : undefined;
      return part === undefined ? [] : [{ ...part, task }];
    });
    for (const group of groupByCost(now, this.#slots.capacity, this.#network.size)) {
      const outcomes = await this.#group(group);
      group.forEach(({ task }, index) => (task.outcome = outcomes[index] ?? unanswered));
    }
  }

  /** Calls that fail together are tried again one by one: NaN of one spreads to those that share a row with it. */
  async #group(group: readonly CallPart[]): Promise<readonly Outcome<null>[]> {
    const outcomes = await this.#settledPass(group);
    if (group.length === 1) return outcomes;
    const again: Outcome<null>[] = [];
    for (const [index, call] of group.entries()) {
      const outcome = outcomes[index] ?? unanswered;
      again.push(outcome.ok ? outcome : ((await this.#settledPass([call]))[0] ?? unanswered));
    }
    return again;
  }

  async #settledPass(group: readonly CallPart[]): Promise<readonly Outcome<null>[]> {
    try {
      return await this.#pass(group);
    } catch (error) {
      const message = messageOf(error);
      return group.map(() => ({ ok: false, message }));
    }
  }

  async #pass(group: readonly CallPart[]): Promise<readonly Outcome<null>[]> {
    const { layers, vocabularySize } = this.#network.size;
    const rows = this.#rows(group);
    const stored = group.some(({ cache }) => cache !== null);
    const capacity = stored ? this.#slots.capacity : 0;
    const past = stored ? this.#slots.past(rows) : Array.from({ length: layers }, () => nothing);
    const [taken, spare] = [rows.of.values(), rows.spare.values()];
    const seated = group.map((call) => ({ ...call, row: (call.cache === null ? spare : taken).next().value ?? 0 }));
    const { pass, seats } = batchCalls(seated, { rows: rows.rows, capacity }, (length) => this.#room(length));
    const buffer = this.#buffers.take(pass.answers.length * vocabularySize);
    const reduction = reductionFor(temperaturesOf(seated, seats, pass.answers.length), this.#network.segments);
    try {
      const fresh = await this.#network.run({ ...pass, past, logits: buffer.values, reduction });
      this.#passes += 1;
      this.#positions += group.reduce((sum, { tokens }) => sum + tokens.length, 0);
      return seated.map((call, index) => {
        const seat = seats[index];
        return seat === undefined
          ? unanswered
          : this.#settle(call, seat, buffer, reduction, {
              layers: fresh,
              positions: pass.kept.length,
              start: seat.kept,
            });
      });
    } finally {
      buffer.release();
    }
  }

  #rows(group: readonly CallPart[]): Rows {
    const ids = group.flatMap(({ cache }) => (cache === null ? [] : [cache]));
    if (ids.length === 0) return { first: 0, rows: group.length, of: [], spare: group.map((_, row) => row) };
    const longest = Math.max(...group.map(({ tokens }) => tokens.length));
    return this.#slots.arrange(ids, group.length - ids.length, longest);
  }

  /** Keeps the call's answers and new keys, if they are what numbers should be. */
  #settle(
    call: CallPart,
    seat: Seat,
    buffer: LogitsBuffer,
    reduction: Reduction | null,
    fresh: Omit<FreshRange, 'count'>,
  ): Outcome<null> {
    const { vocabularySize } = this.#network.size;
    try {
      const answers = answered(call, seat, { logits: buffer.values, vocabularySize, reduction });
      if (call.extended !== null) {
        const range = { ...fresh, count: call.keep };
        this.#check(range);
        this.#slots.extend(call.extended, call.cache, call.stored, range);
      }
      const held = { from: 'logits', raw: { ...call.raw, ...answers }, noisy: call.noisy } as const;
      if (call.prediction !== null) this.#predictions.add(call.prediction, held, buffer);
      return done;
    } catch (error) {
      return { ok: false, message: messageOf(error) };
    }
  }

  /** What is not finite must not be stored: hidden by the bias it would still make NaN of others. */
  #check({ layers, positions, start, count }: FreshRange): void {
    const { heads, width } = this.#network.size;
    for (const part of layers.flatMap(({ keys, values }) => [keys, values])) {
      for (let head = 0; head < heads; head += 1) {
        const from = (head * positions + start) * width;
        if (!allFinite(part.subarray(from, from + count * width))) throw new Error('keys or values are not finite');
      }
    }
  }

  #room(length: number): Float32Array {
    if (this.#scratch.length < length) this.#scratch = new Float32Array(length);
    return this.#scratch.subarray(0, length);
  }
}

const nothing: KeyValueData = { keys: new Float32Array(), values: new Float32Array() };

const done: Outcome<null> = { ok: true, value: null };
const unanswered: Outcome<null> = { ok: false, message: 'a call was left without an answer' };
