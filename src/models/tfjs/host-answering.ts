import type { Tensor } from '@tensorflow/tfjs-core';
import type { ModelManifest } from '../../graph/manifest.js';
import type { Answers, Question } from '../../graph/effects.js';
import type { Prediction } from '../../graph/values.js';
import { checkLogits, noisyOf, rawOf } from '../calls/raw.js';
import { settle, type Settled } from '../denoiser.js';
import { answerQuestion } from '../questions/answer.js';
import type { Answering, Owner } from './answering.js';
import type { TensorBackend } from './backend.js';
import type { ReadBacks } from './device/device.js';
import { HostPrediction } from './host-prediction.js';
import type { TfjsCall } from './plan.js';
import { TfjsPrediction } from './prediction.js';

/** Logits are read once a pass, and questions answered from them in double precision. */
export class HostAnswering implements Answering {
  readonly #backend: TensorBackend;
  readonly #owner: Owner;
  readonly #manifest: ModelManifest;
  #count = 0;
  #bytes = 0;

  constructor(backend: TensorBackend, owner: Owner, manifest: ModelManifest) {
    this.#backend = backend;
    this.#owner = owner;
    this.#manifest = manifest;
  }

  get readBacks(): ReadBacks {
    return { count: this.#count, bytes: this.#bytes };
  }

  async predictions(logits: Tensor, calls: readonly TfjsCall[]): Promise<readonly Settled<Prediction>[]> {
    try {
      const values = await logits.data<'float32'>();
      this.#count += 1;
      this.#bytes += values.byteLength;
      this.#backend.check?.();
      const each = values.length / calls.length;
      return calls.map((call, row) =>
        settle(() => this.#prediction(call, values.subarray(row * each, (row + 1) * each))),
      );
    } finally {
      logits.dispose();
    }
  }

  answer(questions: readonly Question[]): Promise<readonly Settled<Answers[Question['ask']]>[]> {
    return Promise.resolve(
      questions.map((question) =>
        settle(() => answerQuestion(question, this.#manifest.maskId, (prediction) => this.#held(prediction))),
      ),
    );
  }

  logitsOf(prediction: Prediction): Promise<Float32Array> {
    if (prediction instanceof TfjsPrediction) return Promise.resolve(this.#owner.own(prediction).logits);
    return Promise.reject(new Error('only the prediction of a call has logits'));
  }

  dispose(): void {
    // It has nothing but what its predictions hold.
  }

  #prediction({ call, cache }: TfjsCall, logits: Float32Array): Prediction {
    checkLogits(logits, this.#manifest.vocabularySize, cache.tokens.length);
    return new TfjsPrediction(this.#owner.count, { logits, ...rawOf(call, this.#manifest) }, noisyOf(call));
  }

  #held(prediction: Prediction): HostPrediction {
    if (prediction instanceof HostPrediction) return this.#owner.own(prediction);
    throw new Error('this prediction is of another kind of model');
  }
}
