import type { Answers, ForwardReply, ModelCall, Question } from '../../graph/effects.js';
import type { ModelManifest } from '../../graph/manifest.js';
import type { Cache, Prediction } from '../../graph/values.js';
import { planCall } from '../calls/plan.js';
import { checkLogits, noisyOf, rawOf } from '../calls/raw.js';
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
import { answerQuestion } from '../questions/answer.js';
import type { TensorBackend } from './backend.js';
import { TfjsCache } from './cache.js';
import { launch, type Launched } from './group.js';
import { HostPrediction } from './host-prediction.js';
import type { Network } from './network.js';
import { groupCalls, type TfjsCall } from './plan.js';
import { TfjsPrediction } from './prediction.js';
import type { Place } from './slab.js';

/** A planned call with its place among the calls of one `forward`. */
interface Entry extends TfjsCall {
  readonly index: number;
}

/**
 * A model on tfjs. Caches are slabs on the device; predictions are logits on the host, read once per pass. That rows
 * do not change each other holds bit for bit on the WASM backend, elsewhere up to the rounding of its products.
 */
export class TfjsDenoiser implements Denoiser {
  readonly manifest: ModelManifest;
  readonly limits: Limits | undefined;
  readonly cacheBytes: (tokens: number) => number;
  readonly #backend: TensorBackend;
  readonly #network: Network;
  readonly #count: LiveCount = { live: 0 };
  #passes = 0;
  #positions = 0;
  #disposed = false;

  constructor(
    backend: TensorBackend,
    network: Network,
    manifest: ModelManifest,
    { limits, cacheBytes = () => 0 }: Pick<Denoiser, 'limits' | 'cacheBytes'> = {},
  ) {
    this.limits = limits;
    this.cacheBytes = cacheBytes;
    this.#backend = backend;
    this.#network = network;
    this.manifest = manifest;
  }

  get live(): number {
    return this.#count.live;
  }

  get counters(): DenoiserCounters {
    return { passes: this.#passes, positions: this.#positions };
  }

  openCache(): Cache {
    return new TfjsCache(this.#count, { tokens: [], cached: 0, grid: null }, null);
  }

  async forward(calls: readonly ModelCall[]): Promise<readonly Settled<ForwardReply>[]> {
    const settled = new Map<number, Settled<ForwardReply>>();
    const planned: Entry[] = [];
    calls.forEach((call, index) => {
      const plan = settle(() => ({ ...planCall(call, this.#cache(call.cache), this.manifest), index }));
      if (!plan.ok) {
        settled.set(index, plan);
        return;
      }
      // The caller may let go of it while the pass is under way.
      plan.value.cache.retain();
      planned.push(plan.value);
    });
    const reading = groupCalls(planned).map(async (group) => {
      const replies = await this.#pass(group);
      group.forEach(({ index, cache }, row) => {
        const reply = replies[row] ?? failed(new Error('a pass left a row without an answer'));
        settled.set(index, reply);
        if (!reply.ok || reply.value.cache !== cache) cache.release();
      });
    });
    await Promise.all(reading);
    return calls.map((_, index) => settled.get(index) ?? failed(new Error('a call was left without an answer')));
  }

  answer<const Q extends readonly Question[]>(questions: Q): Promise<AnswersTo<Q>>;
  answer(questions: readonly Question[]): Promise<readonly Settled<Answers[Question['ask']]>[]> {
    return Promise.resolve(
      questions.map((question) =>
        settle(() => answerQuestion(question, this.manifest.maskId, (prediction) => this.#prediction(prediction))),
      ),
    );
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#network.dispose();
  }

  /** Everything up to the first `await` runs at once, so that all passes are on their way before one is read. */
  async #pass(group: readonly Entry[]): Promise<readonly Settled<ForwardReply>[]> {
    let launched: Launched | undefined;
    try {
      launched = launch(this.#backend, this.#network, group);
      this.#passes += 1;
      this.#positions += launched.evaluated;
      const logits = await launched.logits.data<'float32'>();
      const { slab } = launched;
      const each = logits.length / group.length;
      return group.map((entry, row) =>
        settle(() => this.#reply(entry, logits.subarray(row * each, (row + 1) * each), slab && { slab, row })),
      );
    } catch (error) {
      return group.map(() => failed(error));
    } finally {
      launched?.logits.dispose();
      launched?.slab?.release();
    }
  }

  #reply(entry: Entry, logits: Float32Array, place: Place | null): ForwardReply {
    const { call, cache, grid } = entry;
    checkLogits(logits, this.manifest.vocabularySize, cache.tokens.length);
    const text = { tokens: cache.tokens, cached: cache.tokens.length, grid };
    return {
      prediction: new TfjsPrediction(this.#count, { logits, ...rawOf(call, this.manifest) }, noisyOf(call)),
      cache: place === null ? cache : new TfjsCache(this.#count, text, place),
    };
  }

  #cache(cache: Cache): TfjsCache {
    if (cache instanceof TfjsCache) return this.#own(cache);
    throw new Error('this cache is of another kind of model');
  }

  #prediction(prediction: Prediction): HostPrediction {
    if (prediction instanceof HostPrediction) return this.#own(prediction);
    throw new Error('this prediction is of another kind of model');
  }

  #own<T extends Counted>(handle: T): T {
    return own(handle, { count: this.#count, name: this.manifest.name, disposed: this.#disposed });
  }
}
