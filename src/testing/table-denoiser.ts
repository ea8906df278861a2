import type { AnswerTo, ForwardReply, ModelCall, Question } from '../graph/effects.js';
import type { ModelManifest } from '../graph/manifest.js';
import { checkShape } from '../graph/shapes.js';
import type { Prediction, Shape } from '../graph/values.js';
import { failed, type AnswersTo, type Denoiser, type Settled } from '../models/denoiser.js';
import { atEachPosition, cleanPrediction, type Distribution } from '../models/questions/distribution.js';
import { divergence } from '../models/questions/divergence.js';
import { samplePosterior } from '../models/questions/posterior.js';
import { residual, reshape } from '../models/questions/reshape.js';
import { mostProbable, sample } from '../models/questions/sampling.js';
import { tokenScore } from '../models/questions/token-score.js';
import { uncertainty } from '../models/questions/uncertainty.js';
import { CountedCache, CountedPrediction, type Census } from './counted-handle.js';
import type { TinyModel } from './oracle.js';

/** Probabilities of the next token after a text; of a model with uniform noise, they may hang on the probe's token. */
export type TinyAr = (prefix: readonly number[], probe?: number) => readonly number[];

class TablePrediction extends CountedPrediction {
  readonly distribution: Distribution;
  /** The block that a denoise call was made for; `null` for AR scores, which have no posterior. */
  readonly noisy: readonly number[] | null;

  constructor(census: Census, distribution: Distribution, noisy: readonly number[] | null) {
    super(census, distribution.positions);
    this.distribution = distribution;
    this.noisy = noisy;
  }

  override shaped(shape: Shape): TablePrediction {
    this.use();
    checkShape(shape);
    return new TablePrediction(this.ownCensus, reshapedOnce(this.distribution, shape), this.noisy);
  }

  override residual(other: Prediction): TablePrediction {
    this.use();
    return new TablePrediction(
      this.ownCensus,
      residualOnce(this.distribution, tableOf(other).distribution),
      this.noisy,
    );
  }
}

/** A model given by functions, small enough to enumerate. Handles are counted and their misuse is an error. */
export class TableDenoiser implements Denoiser {
  readonly manifest: ModelManifest;
  readonly counters = { passes: 0, positions: 0 };
  /** Rows of each pass, for tests of batching. */
  readonly batches: number[] = [];
  /** Called before each pass; what it throws refuses the whole pass. */
  beforePass: (calls: readonly ModelCall[]) => void = () => undefined;
  /** Gives a call's own fault. */
  faultOf: (call: ModelCall) => Error | null = () => null;
  private readonly census: Census = { live: 0 };
  /** Each context is computed once: tests run tens of thousands of rows. */
  private readonly known = new Map<string, Distribution>();
  /** What it is made of. */
  readonly model: TinyModel;
  readonly ar: TinyAr;

  constructor(manifest: ModelManifest, model: TinyModel, ar: TinyAr) {
    this.manifest = manifest;
    this.model = model;
    this.ar = ar;
  }

  get live(): number {
    return this.census.live;
  }

  openCache(): CountedCache {
    return new CountedCache(this.census, [], 0);
  }

  /** A prediction for a noisy block after a text, as a denoise call gives it. The caller owns it. */
  predict(noisy: readonly number[], prefix: readonly number[] = [], temperature = 1): Prediction {
    const block = { start: prefix.length, size: noisy.length, tokens: noisy, fixed: noisy.map(() => false) };
    return this.predictionAfter(prefix, (cache) => ({ call: 'denoise', cache, block, temperature }));
  }

  /** The AR prediction for a draft after a text. The caller owns it. */
  score(tokens: readonly number[], prefix: readonly number[] = [], temperature = 1): Prediction {
    const draft = { start: prefix.length, size: tokens.length, tokens, fixed: tokens.map(() => false) };
    return this.predictionAfter(prefix, (cache) => ({ call: 'ar-score', cache, draft, probe: tokens, temperature }));
  }

  /** The probabilities [m][V] that a prediction of this model stands for. */
  probabilities(prediction: Prediction): readonly (readonly number[])[] {
    return atEachPosition(tableOf(prediction).distribution, (row) => [...row]);
  }

  async forward(calls: readonly ModelCall[]): Promise<readonly Settled<ForwardReply>[]> {
    this.batches.push(calls.length);
    // A turn of the event loop, as a real backend takes: cancellations fall into the middle of a pass.
    await new Promise((resolve) => setImmediate(resolve));
    this.beforePass(calls);
    return calls.map((call) => {
      const error = this.faultOf(call);
      return error === null ? { ok: true, value: this.reply(call) } : { ok: false, error };
    });
  }

  answer<const Q extends readonly Question[]>(questions: Q): Promise<AnswersTo<Q>>;
  answer(questions: readonly Question[]): Promise<readonly Settled<AnswerTo<Question>>[]> {
    return Promise.resolve(questions.map((question) => this.settle(question)));
  }

  dispose(): void {
    this.census.live = 0;
  }

  private predictionAfter(prefix: readonly number[], callWith: (cache: CountedCache) => ModelCall): Prediction {
    const cache = new CountedCache(this.census, prefix, 0);
    const reply = this.reply(callWith(cache));
    reply.cache.release();
    cache.release();
    return reply.prediction;
  }

  private reply(call: ModelCall): ForwardReply {
    const { cache } = call;
    if (!(cache instanceof CountedCache)) throw new Error('a foreign cache');
    const tokens = call.call === 'denoise' ? call.block.tokens : call.draft.tokens;
    const probe = call.call === 'denoise' ? [] : call.probe;
    const key = [call.call, call.temperature, ...[cache.tokens, tokens, probe].map((ids) => ids.join(' '))].join('|');
    let distribution = this.known.get(key);
    if (distribution === undefined) {
      distribution = this.distributionOf(call, cache.tokens, tokens);
      this.known.set(key, distribution);
    }
    const noisy = call.call === 'denoise' ? tokens : null;
    return { prediction: new TablePrediction(this.census, distribution, noisy), cache: cache.filled() };
  }

  private distributionOf(call: ModelCall, prefix: readonly number[], tokens: readonly number[]): Distribution {
    const { vocabularySize, maskId } = this.manifest;
    const rows =
      call.call === 'denoise'
        ? this.model(prefix, tokens)
        : tokens.map((_, i) => this.ar([...prefix, ...tokens.slice(0, i)], call.probe[i]));
    return cleanPrediction({
      logits: Float32Array.from(rows.flat().map(Math.log)),
      vocabularySize,
      temperature: call.temperature,
      maskId,
      revealed: tokens.map((token) => (call.call === 'denoise' && maskId !== null && token !== maskId ? token : null)),
    });
  }

  private settle(question: Question): Settled<AnswerTo<Question>> {
    try {
      return { ok: true, value: this.answerOne(question) };
    } catch (error) {
      return failed(error);
    }
  }

  private answerOne(question: Question): AnswerTo<Question> {
    const { distribution, noisy } = tableOf(question.prediction);
    switch (question.ask) {
      case 'sample':
        return sample(distribution, question.uniforms);
      case 'argmax':
        return mostProbable(distribution);
      case 'posterior':
        if (noisy === null) throw new Error('AR scores have no posterior');
        return samplePosterior(distribution, noisy, this.manifest.maskId, question, question.uniforms);
      case 'uncertainty':
        return uncertainty(distribution, question.measure);
      case 'token-score':
        return tokenScore(distribution, question.tokens, question.measure);
      case 'divergence':
        return divergence(distribution, tableOf(question.other).distribution, question.measure);
    }
  }
}

function tableOf(prediction: unknown): TablePrediction {
  if (!(prediction instanceof TablePrediction)) throw new Error('a foreign prediction');
  prediction.use();
  return prediction;
}

/** Distributions of known contexts are shared by all rows, and so is what is derived from them. */
const reshapedOnce = once(reshape, JSON.stringify);
const residualOnce = once(residual, (other) => other);

function once<A>(
  derive: (from: Distribution, argument: A) => Distribution,
  keyOf: (argument: A) => unknown,
): (from: Distribution, argument: A) => Distribution {
  const known = new WeakMap<Distribution, Map<unknown, Distribution>>();
  return (from, argument) => {
    const derived = known.get(from) ?? new Map<unknown, Distribution>();
    known.set(from, derived);
    const key = keyOf(argument);
    const result = derived.get(key) ?? derive(from, argument);
    derived.set(key, result);
    return result;
  };
}

/** Fixed, lumpy probabilities for any context: every token has at least a little of the mass. */
export function lumpy(context: readonly number[], vocabulary: number): number[] {
  let state = 2166136261;
  for (const token of [...context, 77]) state = Math.imul(state ^ (token + 1), 16777619) >>> 0;
  const weights = Array.from({ length: vocabulary }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return 0.05 + (state / 2 ** 32) ** 2;
  });
  const sum = weights.reduce((a, b) => a + b, 0);
  return weights.map((w) => w / sum);
}

/** A tiny model of that sort, for both kinds of noise. */
export function lumpyDenoiser(
  manifest: ModelManifest,
): TableDenoiser & { readonly tiny: TinyModel; readonly tinyAr: TinyAr } {
  const { vocabularySize } = manifest;
  const tiny: TinyModel = (prefix, noisy) => noisy.map((_, i) => lumpy([...prefix, 9, ...noisy, i], vocabularySize));
  const tinyAr: TinyAr = (prefix) => lumpy([...prefix, 5], vocabularySize);
  return Object.assign(new TableDenoiser(manifest, tiny, tinyAr), { tiny, tinyAr });
}

/**
 * A tiny model whose AR scores are its own predictions of one position, as a network's are: at each probe of prior noise,
 * what it denoises there after the clean text before it.
 */
export function consistentDenoiser(
  manifest: ModelManifest,
): TableDenoiser & { readonly tiny: TinyModel; readonly tinyAr: TinyAr } {
  const { tiny } = lumpyDenoiser(manifest);
  const tinyAr: TinyAr = (prefix, probe = manifest.maskId ?? 0) => tiny(prefix, [probe])[0] ?? [];
  return Object.assign(new TableDenoiser(manifest, tiny, tinyAr), { tiny, tinyAr });
}
