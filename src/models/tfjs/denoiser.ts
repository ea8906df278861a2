import type { Answers, ForwardReply, ModelCall, Question } from '../../graph/effects.js';
import type { ModelManifest } from '../../graph/manifest.js';
import type { Cache, Prediction } from '../../graph/values.js';
import { planCall } from '../calls/plan.js';
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
import type { Answering, CreateAnswering } from './answering.js';
import type { TensorBackend } from './backend.js';
import { TfjsCache } from './cache.js';
import type { ReadBacks } from './device/device.js';
import { launch } from './group.js';
import type { Network } from './network/network.js';
import { groupCalls, type PassBound, type TfjsCall } from './plan.js';
import type { Place } from './slabs/slab.js';

/** A planned call with its place among the calls of one `forward`. */
interface Entry extends TfjsCall {
  readonly index: number;
}

export interface TfjsDenoiserOptions extends Pick<Denoiser, 'limits' | 'cacheBytes'> {
  /** How questions are answered. */
  readonly answering: CreateAnswering;
  /** How much a pass may take; left out, it takes all rows that can go together. */
  readonly passes?: PassBound;
}

const unbounded: PassBound = { most: Infinity, rowBytes: () => 0 };

/**
 * A model on tfjs. Caches are slabs on the device. The logits of predictions stay there on a GPU, and are read once per pass elsewhere.
 * That rows do not change each other holds bit for bit on the WASM backend, elsewhere up to the rounding of its products.
 */
export class TfjsDenoiser implements Denoiser {
  readonly manifest: ModelManifest;
  readonly limits: Limits | undefined;
  readonly cacheBytes: (tokens: number) => number;
  readonly #backend: TensorBackend;
  readonly #network: Network;
  readonly #answering: Answering;
  readonly #bound: PassBound;
  readonly #count: LiveCount = { live: 0 };
  #passes = 0;
  #positions = 0;
  #disposed = false;

  constructor(
    backend: TensorBackend,
    network: Network,
    manifest: ModelManifest,
    { limits, cacheBytes = () => 0, answering, passes = unbounded }: TfjsDenoiserOptions,
  ) {
    this.#bound = passes;
    this.limits = limits;
    this.cacheBytes = cacheBytes;
    this.#backend = backend;
    this.#network = network;
    this.manifest = manifest;
    this.#answering = answering({ count: this.#count, own: (handle) => this.#own(handle) });
  }

  get live(): number {
    return this.#count.live;
  }

  get counters(): DenoiserCounters {
    return { passes: this.#passes, positions: this.#positions };
  }

  /** What has been read from the device. */
  get readBacks(): ReadBacks {
    return this.#answering.readBacks;
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
    const perform = async (group: readonly Entry[]): Promise<void> => {
      const replies = await this.#pass(group);
      group.forEach(({ index, cache }, row) => {
        const reply = replies[row] ?? failed(new Error('a pass left a row without an answer'));
        settled.set(index, reply);
        if (!reply.ok || reply.value.cache !== cache) cache.release();
      });
    };
    const groups = groupCalls(planned, this.#bound);
    // A device computes while the host goes on; on a processor one pass after the other has room for its logits.
    if (this.#backend.device === 'gpu') await Promise.all(groups.map(perform));
    else for (const group of groups) await perform(group);
    return calls.map((_, index) => settled.get(index) ?? failed(new Error('a call was left without an answer')));
  }

  answer<const Q extends readonly Question[]>(questions: Q): Promise<AnswersTo<Q>>;
  answer(questions: readonly Question[]): Promise<readonly Settled<Answers[Question['ask']]>[]> {
    return this.#answering.answer(questions);
  }

  /** The network's raw output behind a prediction that a call gave, [positions, V] row-major. */
  logitsOf(prediction: Prediction): Promise<Float32Array> {
    return this.#answering.logitsOf(prediction);
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#answering.dispose();
    this.#network.dispose();
  }

  /** Everything up to the first `await` runs at once, so that a device has all passes on their way before one is read. */
  async #pass(group: readonly Entry[]): Promise<readonly Settled<ForwardReply>[]> {
    try {
      const { logits, slab, sent, evaluated } = launch(this.#backend, this.#network, group);
      this.#passes += 1;
      this.#positions += evaluated;
      try {
        const predictions = await this.#answering.predictions(logits, group, sent);
        return group.map((entry, row) => {
          const prediction = predictions[row] ?? failed(new Error('a pass left a row without a prediction'));
          return prediction.ok
            ? { ok: true, value: this.#reply(entry, prediction.value, slab && { slab, row }) }
            : prediction;
        });
      } finally {
        slab?.release();
      }
    } catch (error) {
      return group.map(() => failed(error));
    }
  }

  #reply({ cache, grid }: Entry, prediction: Prediction, place: Place | null): ForwardReply {
    const text = { tokens: cache.tokens, cached: cache.tokens.length, grid };
    return { prediction, cache: place === null ? cache : new TfjsCache(this.#count, text, place) };
  }

  #cache(cache: Cache): TfjsCache {
    if (cache instanceof TfjsCache) return this.#own(cache);
    throw new Error('this cache is of another kind of model');
  }

  #own<T extends Counted>(handle: T): T {
    return own(handle, { count: this.#count, name: this.manifest.name, disposed: this.#disposed });
  }
}
