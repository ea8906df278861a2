import type { AnswerTo, ForwardReply, ModelCall, Question } from '../../src/graph/effects.js';
import type { ModelManifest } from '../../src/graph/manifest.js';
import type { AnswersTo, Denoiser, Settled } from '../../src/models/denoiser.js';
import { CountedCache, CountedPrediction, type Census } from './counted-handle.js';

class NullPrediction extends CountedPrediction {
  shaped(): NullPrediction {
    return new NullPrediction(this.ownCensus, this.positions);
  }

  residual(): NullPrediction {
    return new NullPrediction(this.ownCensus, this.positions);
  }
}

/** A model that does nothing, for measuring what is around a model. Every draw gives token 0. */
export class NullDenoiser implements Denoiser {
  readonly manifest: ModelManifest;
  readonly counters = { passes: 0, positions: 0 };
  private readonly census: Census = { live: 0 };

  constructor(manifest: ModelManifest) {
    this.manifest = manifest;
  }

  get live(): number {
    return this.census.live;
  }

  openCache(): CountedCache {
    return new CountedCache(this.census, [], 0);
  }

  forward(calls: readonly ModelCall[]): Promise<readonly Settled<ForwardReply>[]> {
    return Promise.resolve(
      calls.map((call) => {
        const positions = (call.call === 'denoise' ? call.block : call.draft).tokens.length;
        const cache = call.cache.follow(call.cache.tokens);
        return { ok: true, value: { prediction: new NullPrediction(this.census, positions), cache } };
      }),
    );
  }

  answer<const Q extends readonly Question[]>(questions: Q): Promise<AnswersTo<Q>>;
  answer(questions: readonly Question[]): Promise<readonly Settled<AnswerTo<Question>>[]> {
    return Promise.resolve(questions.map((question) => ({ ok: true, value: this.answerOne(question) })));
  }

  dispose(): void {
    this.census.live = 0;
  }

  private answerOne(question: Question): AnswerTo<Question> {
    const zeros = new Array<number>(question.prediction.positions).fill(0);
    switch (question.ask) {
      case 'sample':
      case 'argmax':
      case 'posterior':
        return { tokens: zeros, probabilities: zeros };
      case 'uncertainty':
      case 'token-score':
      case 'divergence':
        return zeros;
    }
  }
}
