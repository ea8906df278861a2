import { match } from 'ts-pattern';
import type { Answers, ForwardReply, ModelCall, Question } from '../../graph/effects.js';
import type { ModelManifest } from '../../graph/manifest.js';
import type { Cache, Prediction } from '../../graph/values.js';
import { planCall, type PlannedCall } from '../calls/plan.js';
import { noisyOf, rawOf } from '../calls/raw.js';
import {
  failed,
  settle,
  type AnswersTo,
  type Denoiser,
  type DenoiserCounters,
  type Limits,
  type Settled,
} from '../denoiser.js';
import { own, type Counted, type LiveCount } from '../handles/counted.js';
import type { EngineCall, EngineQuestion, EngineUsage, Transport } from './engine/protocol.js';
import { EngineClient } from './handles/client.js';
import { OnnxCache } from './handles/cache.js';
import { OnnxPrediction } from './handles/prediction.js';
import { PredictionSource } from './handles/prediction-source.js';
import type { NetworkSize } from './network/network.js';

/** A planned call with its place among the calls of one `forward`, and as the engine sees it. */
interface Entry {
  readonly index: number;
  readonly planned: PlannedCall<OnnxCache>;
  readonly sent: EngineCall;
}

/**
 * A model on ONNX Runtime. All data is in an engine, usually in a thread of its own: this side plans calls, counts handles
 * and asks. On a CPU a row gets beside others what it gets alone, bit for bit, but where calls share one row's keys and values;
 * there, and on other providers, up to rounding.
 */
export class OnnxDenoiser implements Denoiser {
  readonly manifest: ModelManifest;
  readonly limits: Limits | undefined;
  readonly #size: NetworkSize;
  readonly #engine: EngineClient;
  readonly #count: LiveCount = { live: 0 };
  #passes = 0;
  #positions = 0;
  #disposed = false;

  constructor(transport: Transport, size: NetworkSize, manifest: ModelManifest, limits?: Limits) {
    this.#engine = new EngineClient(transport);
    this.#size = size;
    this.manifest = manifest;
    this.limits = limits;
  }

  get live(): number {
    return this.#count.live;
  }

  get counters(): DenoiserCounters {
    return { passes: this.#passes, positions: this.#positions };
  }

  cacheBytes(tokens: number): number {
    if (this.manifest.causality === 'bidirectional') return 0;
    const { layers, heads, width } = this.#size;
    return layers * 2 * heads * width * Float32Array.BYTES_PER_ELEMENT * tokens;
  }

  openCache(): Cache {
    return new OnnxCache(this.#count, this.#engine.outbox, { tokens: [], cached: 0, grid: null }, null);
  }

  async forward(calls: readonly ModelCall[]): Promise<readonly Settled<ForwardReply>[]> {
    const settled = new Map<number, Settled<ForwardReply>>();
    const entries: Entry[] = [];
    calls.forEach((call, index) => {
      const entry = settle(() => this.#plan(call, index));
      if (!entry.ok) settled.set(index, entry);
      else {
        // The caller may let go of it while the pass is under way.
        entry.value.planned.cache.retain();
        entries.push(entry.value);
      }
    });
    if (entries.length > 0) {
      const replies = await this.#send(entries);
      entries.forEach(({ index, planned: { cache } }, place) => {
        const reply = replies[place] ?? failed(new Error('a call was left without an answer'));
        settled.set(index, reply);
        if (!reply.ok || reply.value.cache !== cache) cache.release();
      });
    }
    return calls.map((_, index) => settled.get(index) ?? failed(new Error('a call was left without an answer')));
  }

  answer<const Q extends readonly Question[]>(questions: Q): Promise<AnswersTo<Q>>;
  async answer(questions: readonly Question[]): Promise<readonly Settled<Answers[Question['ask']]>[]> {
    const numbered = questions.map((question) => settle(() => this.#numbered(question)));
    const asked = numbered.flatMap((question) => (question.ok ? [question.value] : []));
    const answers = (asked.length === 0 ? [] : await this.#engine.answer(asked)).values();
    return numbered.map((question) => {
      if (!question.ok) return question;
      return answers.next().value ?? failed(new Error('a question was left without an answer'));
    });
  }

  /** The network's raw output for a prediction that was not made from others, [positions, V] row-major. */
  async logits(prediction: Prediction): Promise<Float32Array> {
    return this.#engine.logits(this.#prediction(prediction).id);
  }

  /** What the engine holds for the handles that are live. */
  usage(): Promise<EngineUsage> {
    return this.#engine.usage();
  }

  dispose(): void {
    void this.end();
  }

  /** Disposes of the model, and waits until its memory has been given back. */
  async end(): Promise<void> {
    this.#disposed = true;
    await this.#engine.dispose().catch(() => undefined);
  }

  #plan(call: ModelCall, index: number): Entry {
    const planned = planCall(call, this.#cache(call.cache), this.manifest);
    const { cache, reuse, tokens, positions, keep, mask, pending, answers, grid } = planned;
    const { outbox } = this.#engine;
    const sent: EngineCall = {
      cache: cache.stored(reuse),
      stored: reuse,
      ...{ tokens, positions, keep, mask, pending, answers, grid },
      extended: keep === 0 ? null : outbox.newId(),
      start: cache.tokens.length,
      prediction: outbox.newId(),
      raw: rawOf(call, this.manifest),
      noisy: noisyOf(call),
    };
    return { index, planned, sent };
  }

  async #send(entries: readonly Entry[]): Promise<readonly Settled<ForwardReply>[]> {
    try {
      const { outcomes, passes, positions } = await this.#engine.forward(entries.map(({ sent }) => sent));
      this.#passes += passes;
      this.#positions += positions;
      return entries.map((entry, place) => {
        const outcome = outcomes[place];
        if (outcome?.ok === true) return { ok: true, value: this.#reply(entry) };
        return failed(new Error(outcome?.message ?? 'a pass left a row without an answer'));
      });
    } catch (error) {
      return entries.map(() => failed(error));
    }
  }

  #reply({ planned: { cache, answers, grid }, sent }: Entry): ForwardReply {
    const { outbox } = this.#engine;
    const text = { tokens: cache.tokens, cached: cache.tokens.length, grid };
    const source = PredictionSource.of(outbox, sent.prediction);
    return {
      prediction: new OnnxPrediction(this.#count, outbox, answers, source),
      cache: sent.extended === null ? cache : new OnnxCache(this.#count, outbox, text, sent.extended),
    };
  }

  #numbered(question: Question): EngineQuestion {
    const number = (prediction: Prediction): number => {
      const source = this.#prediction(prediction);
      source.tell();
      return source.id;
    };
    return match(question)
      .returnType<EngineQuestion>()
      .with({ ask: 'divergence' }, (it) => ({
        ...it,
        prediction: number(it.prediction),
        other: number(it.other),
      }))
      .otherwise((it) => ({ ...it, prediction: number(it.prediction) }));
  }

  #cache(cache: Cache): OnnxCache {
    if (cache instanceof OnnxCache) return this.#own(cache);
    throw new Error('this cache is of another kind of model');
  }

  #prediction(prediction: Prediction): PredictionSource {
    if (prediction instanceof OnnxPrediction) return this.#own(prediction).source;
    throw new Error('this prediction is of another kind of model');
  }

  #own<T extends Counted>(handle: T): T {
    return own(handle, { count: this.#count, name: this.manifest.name, disposed: this.#disposed });
  }
}
