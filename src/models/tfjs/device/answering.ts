import type { Tensor } from '@tensorflow/tfjs-core';
import type { ModelManifest } from '../../../graph/manifest.js';
import type { Answers, Question } from '../../../graph/effects.js';
import type { Prediction } from '../../../graph/values.js';
import { noisyOf, rawOf } from '../../calls/raw.js';
import { failed, settle, type Settled } from '../../denoiser.js';
import type { Answering, Owner } from '../answering.js';
import type { TensorBackend } from '../backend.js';
import type { TfjsCall } from '../plan.js';
import type { Sent } from '../sent.js';
import { Device, type ReadBacks } from './device.js';
import { layoutOf, type Layout } from './layout.js';
import { PassLogits } from './pass-logits.js';
import { planQuestion } from './plan.js';
import { DevicePrediction, type OnDevice } from './prediction.js';
import { Round } from './round.js';

type Asked = Pick<ModelManifest, 'vocabularySize' | 'maskId'>;

/**
 * Logits stay where they were computed, and questions are answered there, by tensor operations in single precision. All that is
 * asked in one round is read at once, a few numbers a position.
 */
export class DeviceAnswering implements Answering {
  readonly #device: Device;
  readonly #owner: Owner;
  readonly #manifest: ModelManifest;

  constructor(
    backend: TensorBackend,
    owner: Owner,
    manifest: ModelManifest,
    layout: Layout = layoutOf(manifest.vocabularySize),
  ) {
    this.#device = new Device(backend, layout, manifest.maskId);
    this.#owner = owner;
    this.#manifest = manifest;
  }

  get readBacks(): ReadBacks {
    return this.#device.readBacks;
  }

  predictions(logits: Tensor, calls: readonly TfjsCall[], sent: Sent): Promise<readonly Settled<Prediction>[]> {
    const pass = this.#passOf(logits, sent);
    let first = 0;
    const made = calls.map((call): Settled<Prediction> => {
      const { temperature, revealed } = rawOf(call.call, this.#manifest);
      const source = { from: 'logits', pass, first, start: call.cache.tokens.length, temperature, revealed } as const;
      first += revealed.length;
      const held = { source, noisy: noisyOf(call.call) };
      return { ok: true, value: new DevicePrediction(this.#owner.count, this.#manifest.vocabularySize, held) };
    });
    pass.release();
    return Promise.resolve(made);
  }

  async answer(questions: readonly Question[]): Promise<readonly Settled<Answers[Question['ask']]>[]> {
    const round = new Round();
    const { vocabularySize, maskId }: Asked = this.#manifest;
    const planned = questions.map((question) =>
      settle(() =>
        planQuestion(
          question.ask === 'divergence'
            ? { ...question, prediction: this.#held(question.prediction), other: this.#held(question.other) }
            : { ...question, prediction: this.#held(question.prediction) },
          round,
          { vocabularySize, maskId },
        ),
      ),
    );
    try {
      await round.read(this.#device);
    } catch (error) {
      return planned.map((plan) => (plan.ok ? failed(error) : plan));
    }
    return planned.map((plan) => (plan.ok ? settle(plan.value) : plan));
  }

  async logitsOf(prediction: Prediction): Promise<Float32Array> {
    const { source } = this.#held(prediction);
    if (source.from !== 'logits') throw new Error('only the prediction of a call has logits');
    const { pass, first, revealed } = source;
    const { tf } = this.#device;
    const rows = tf.tidy(() => tf.slice(pass.logits, [first, 0], [revealed.length, this.#manifest.vocabularySize]));
    return this.#device.read(rows);
  }

  dispose(): void {
    this.#device.dispose();
  }

  #passOf(logits: Tensor, sent: Sent): PassLogits {
    const { tf } = this.#device;
    try {
      return new PassLogits(
        logits,
        tf.tidy(() => tf.sum(logits, 1)),
        sent,
      );
    } catch (error) {
      logits.dispose();
      throw error;
    }
  }

  #held(prediction: Prediction): OnDevice {
    if (prediction instanceof DevicePrediction) return this.#owner.own(prediction).held;
    throw new Error('this prediction is of another kind of model');
  }
}
