import { messageOf } from '../../../graph/message-of.js';
import { groupByCost } from './group.js';
import type { CallResult, Machine, Shared } from './machine.js';
import type { Predictions } from './predictions.js';
import { partsOf, type CallPart } from './prefill.js';
import { disposedOf, type EngineCall, type ForwardOutcome, type Outcome } from './protocol.js';
import type { Stored } from './slot-storage.js';
import type { Rows, Slots } from './slots.js';

/** A call on its way: its parts, and what became of those that went. */
interface Task {
  readonly parts: readonly CallPart[];
  outcome: Outcome<null>;
}

/** Runs calls through the network and keeps what they leave: keys and values in slots, logits as predictions. */
export class ForwardRunner<S extends Stored> {
  readonly #machine: Machine<S>;
  readonly #slots: Slots<S>;
  readonly #predictions: Predictions;
  /** Handles of its own have numbers that the handles' side does not give out. */
  #ids = 0;
  #passes = 0;
  #positions = 0;
  #stopped = false;

  constructor(machine: Machine<S>, slots: Slots<S>, predictions: Predictions) {
    this.#machine = machine;
    this.#slots = slots;
    this.#predictions = predictions;
  }

  /** Lets no further pass begin: calls that one has not settled yet fail. */
  stop(): void {
    this.#stopped = true;
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
    const pieces = tasks.reduce((most, { parts }) => Math.max(most, parts.length), 1) - 1;
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
    for (const group of groupByCost(this.#byPlace(now), this.#slots.capacity, this.#machine)) {
      const outcomes = await this.#group(group);
      group.forEach(({ task }, index) => (task.outcome = outcomes[index] ?? unanswered));
    }
  }

  /** In the order of their slots, so that calls of one size which are cut into several passes lie close together in each. */
  #byPlace<T extends CallPart>(calls: readonly T[]): T[] {
    return calls
      .map((call) => ({ call, place: call.cache === null ? Number.MAX_SAFE_INTEGER : this.#slots.placeOf(call.cache) }))
      .sort((a, b) => a.place - b.place)
      .map(({ call }) => call);
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
    if (this.#stopped) throw new Error(disposedOf);
    const rows = this.#rows(group);
    const stored = group.some(({ cache }) => cache !== null);
    const [taken, spare] = [rows.of.values(), rows.spare.values()];
    const seated = group.map((call) => ({ ...call, row: (call.cache === null ? spare : taken).next().value ?? 0 }));
    const { calls, buffer } = await this.#machine.run(seated, { ...rows, stored });
    try {
      this.#passes += 1;
      this.#positions += group.reduce((sum, { tokens }) => sum + tokens.length, 0);
      const outcomes = seated.map((call, index) => {
        const result = calls[index];
        return result === undefined ? unanswered : this.#keep(call, result, buffer);
      });
      await this.#machine.settle();
      return outcomes;
    } catch (error) {
      seated.forEach((call) => this.#forget(call));
      throw error;
    } finally {
      buffer.release();
    }
  }

  #rows(group: readonly CallPart[]): Rows {
    const ids = group.flatMap(({ cache }) => (cache === null ? [] : [cache]));
    if (ids.length === 0) return { first: 0, rows: group.length, of: [], spare: group.map((_, row) => row) };
    const longest = group.reduce((most, { tokens }) => Math.max(most, tokens.length), 0);
    return this.#slots.arrange(ids, group.length - ids.length, longest);
  }

  /** Keeps the call's answers and new keys, if they are what numbers should be. */
  #keep(call: CallPart, result: CallResult<S>, buffer: Shared): Outcome<null> {
    try {
      const answers = result.answers();
      if (call.extended !== null) this.#slots.extend(call.extended, call.cache, call.stored, result.kept());
      const held = { from: 'logits', raw: { ...call.raw, ...answers }, noisy: call.noisy } as const;
      if (call.prediction !== null) this.#predictions.add(call.prediction, held, buffer);
      return done;
    } catch (error) {
      return { ok: false, message: messageOf(error) };
    }
  }

  /** Takes back what was kept of a call. */
  #forget({ extended, prediction }: CallPart): void {
    if (extended !== null && this.#slots.has(extended)) this.#slots.release(extended);
    if (prediction !== null) this.#predictions.release(prediction);
  }
}

const done: Outcome<null> = { ok: true, value: null };
const unanswered: Outcome<null> = { ok: false, message: 'a call was left without an answer' };
