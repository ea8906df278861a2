import { match } from 'ts-pattern';
import type { Answers, Question } from '../../../graph/effects.js';
import { messageOf } from '../../../graph/message-of.js';
import type { Answerer, HeldQuestion } from '../questions/answerer.js';
import { ForwardRunner } from './forward.js';
import type { Machine } from './machine.js';
import { Predictions } from './predictions.js';
import {
  disposedOf,
  type EngineCall,
  type EngineQuestion,
  type EngineReply,
  type EngineRequest,
  type EngineUsage,
  type ForwardOutcome,
  type HandleChange,
  type Outcome,
  type Transport,
} from './protocol.js';
import type { Stored } from './slot-storage.js';
import { Slots } from './slots.js';

/** Does something when nothing stands in its way. */
export type InTurn = <T>(act: () => Promise<T>) => Promise<T>;

/**
 * A network with all that handles stand for: keys and values, logits, predictions. Takes one request after the other,
 * in the order in which they come. Blocks the thread that it is called in, for as long as a forward takes.
 */
export class Engine<S extends Stored> implements Transport {
  readonly #machine: Machine<S>;
  readonly #answerer: Answerer;
  readonly #inTurn: InTurn;
  readonly #slots: Slots<S>;
  readonly #predictions = new Predictions();
  readonly #runner: ForwardRunner<S>;
  #last: Promise<unknown> = Promise.resolve();
  #end: Promise<void> | null = null;

  constructor(machine: Machine<S>, answerer: Answerer, inTurn: InTurn = (act) => act()) {
    this.#machine = machine;
    this.#answerer = answerer;
    this.#inTurn = inTurn;
    this.#slots = new Slots(machine.storage, machine.costs);
    this.#runner = new ForwardRunner(machine, this.#slots, this.#predictions);
  }

  send(request: EngineRequest): Promise<EngineReply> {
    const reply = this.#last.then(() => this.#inTurn(() => this.#reply(request)));
    this.#last = reply.catch(() => undefined);
    return reply;
  }

  /** Waits for a pass that is under way; no other begins, and requests that have not been taken yet are refused. */
  dispose(): Promise<void> {
    this.#runner.stop();
    this.#end ??= this.#last.then(() =>
      this.#inTurn(async () => {
        await this.#answerer.dispose();
        await this.#machine.dispose();
      }),
    );
    return this.#end;
  }

  async #reply(request: EngineRequest): Promise<EngineReply> {
    if (this.#end !== null) throw new Error(disposedOf);
    request.changes.forEach((change) => this.#apply(change));
    return match(request)
      .returnType<Promise<EngineReply>>()
      .with({ request: 'forward' }, async ({ calls }) => ({ request: 'forward', value: await this.#forward(calls) }))
      .with({ request: 'answer' }, async ({ questions }) => ({
        request: 'answer',
        value: await this.#answer(questions),
      }))
      .with({ request: 'logits' }, async ({ prediction }) => ({
        request: 'logits',
        value: await this.#logits(prediction),
      }))
      .with({ request: 'usage' }, () => Promise.resolve({ request: 'usage', value: this.#usage() }))
      .exhaustive();
  }

  #apply(change: HandleChange): void {
    match(change)
      .with({ change: 'share' }, ({ id, of, length }) => this.#slots.share(id, of, length))
      .with({ change: 'release-cache' }, ({ id }) => this.#slots.release(id))
      .with({ change: 'shape' }, ({ id, of, shape }) => this.#predictions.shape(id, of, shape))
      .with({ change: 'residual' }, ({ id, of, other }) => this.#predictions.residual(id, of, other))
      .with({ change: 'release-prediction' }, ({ id }) => this.#predictions.release(id))
      .exhaustive();
  }

  #forward(calls: readonly EngineCall[]): Promise<ForwardOutcome> {
    this.#slots.trim();
    return this.#runner.run(calls);
  }

  async #answer(questions: readonly EngineQuestion[]): Promise<readonly Outcome<Answers[Question['ask']]>[]> {
    const settled = new Map<number, Outcome<Answers[Question['ask']]>>();
    const asked: { readonly index: number; readonly question: HeldQuestion }[] = [];
    questions.forEach((question, index) => {
      try {
        asked.push({ index, question: this.#held(question) });
      } catch (error) {
        settled.set(index, { ok: false, message: messageOf(error) });
      }
    });
    const answers = await this.#answerer.answer(asked.map(({ question }) => question));
    asked.forEach(({ index }, place) => {
      const answer = answers[place];
      if (answer?.ok === true) settled.set(index, answer);
      else if (answer !== undefined) settled.set(index, { ok: false, message: answer.error.message });
    });
    return questions.map(
      (_, index) => settled.get(index) ?? { ok: false, message: 'a question was left without an answer' },
    );
  }

  #held(question: EngineQuestion): HeldQuestion {
    const prediction = this.#predictions.find(question.prediction);
    return match(question)
      .returnType<HeldQuestion>()
      .with({ ask: 'divergence' }, (it) => ({ ...it, prediction, other: this.#predictions.find(it.other) }))
      .otherwise((it) => ({ ...it, prediction }));
  }

  async #logits(id: number): Promise<Float32Array> {
    const held = this.#predictions.find(id);
    if (held.from === 'logits') return this.#answerer.logits(held.raw);
    throw new Error('a prediction made from others has no logits');
  }

  #usage(): EngineUsage {
    this.#slots.trim();
    return { ...this.#slots.usage, ...this.#machine.usage, predictions: this.#predictions.count };
  }
}
