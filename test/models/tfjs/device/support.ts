import type { Answers, ModelCall, Question } from '../../../../src/graph/effects.js';
import type { ModelManifest } from '../../../../src/graph/manifest.js';
import type { Prediction } from '../../../../src/graph/values.js';
import type { RawPrediction } from '../../../../src/models/questions/distribution.js';
import type { TensorBackend } from '../../../../src/models/tfjs/backend.js';
import { TfjsDenoiser } from '../../../../src/models/tfjs/denoiser.js';
import { DeviceAnswering } from '../../../../src/models/tfjs/device/answering.js';
import { layoutOf } from '../../../../src/models/tfjs/device/layout.js';
import type { Network } from '../../../../src/models/tfjs/network/network.js';
import { absorbingManifest } from '../../../support/context.js';
import { denoise } from '../../support/calls.js';

/** What a prediction is to be made from, and the block that it was made for. */
export interface Given {
  readonly raw: RawPrediction;
  readonly noisy: readonly number[];
}

/** Predictions of one pass, as a denoiser gives them whose network puts out what is given. */
export interface OnePass {
  readonly denoiser: TfjsDenoiser;
  readonly predictions: readonly Prediction[];
  /** The answers to questions that all have to succeed. */
  answers(questions: readonly Question[]): Promise<Answers[Question['ask']][]>;
}

/** All of them have to share their vocabulary, mask and number of positions. */
export async function onePass(backend: TensorBackend, given: readonly Given[], width: number): Promise<OnePass> {
  const [first] = given;
  if (first === undefined) throw new Error('nothing is given');
  const { vocabularySize, maskId } = first.raw;
  const manifest: ModelManifest = { ...absorbingManifest, vocabularySize, maskId, length: 64 };
  const network: Network = {
    run: ({ rows, answers }) => {
      const logits = new Float32Array(rows * answers * vocabularySize);
      given.forEach(({ raw }, row) => logits.set(raw.logits, row * answers * vocabularySize));
      return { logits: backend.tf.tensor2d(logits, [rows * answers, vocabularySize]), kept: [] };
    },
    dispose: () => undefined,
  };
  const layout = layoutOf(vocabularySize, width);
  const denoiser = new TfjsDenoiser(backend, network, manifest, {
    answering: (owner) => new DeviceAnswering(backend, owner, manifest, layout),
  });
  const cache = denoiser.openCache();
  const calls = given.map(({ raw, noisy }): ModelCall => denoise(cache, noisy, { temperature: raw.temperature }));
  const replies = await denoiser.forward(calls);
  cache.release();
  const predictions = replies.map((reply) => {
    if (!reply.ok) throw reply.error;
    reply.value.cache.release();
    return reply.value.prediction;
  });
  return {
    denoiser,
    predictions,
    answers: async (questions) =>
      (await denoiser.answer(questions)).map((reply) => {
        if (!reply.ok) throw reply.error;
        return reply.value;
      }),
  };
}
