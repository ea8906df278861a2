import type { Answerer, HeldPrediction } from '../../../../src/models/onnx/questions/answerer.js';
import type { SegmentedPrediction } from '../../../../src/models/onnx/questions/segmented-prediction.js';
import { failed } from '../../../../src/models/denoiser.js';
import { answerQuestion, type OnHost } from '../../../../src/models/questions/answer.js';
import { cleanPrediction } from '../../../../src/models/questions/distribution.js';
import { residual, reshape } from '../../../../src/models/questions/reshape.js';

function onHost(held: HeldPrediction): OnHost {
  if (held.from === 'logits') {
    return {
      positions: held.raw.revealed.length,
      noisy: held.noisy,
      distribution: cleanPrediction({ ...held.raw, logits: held.raw.logits.values() }),
    };
  }
  const from = onHost(held.of);
  const distribution =
    held.from === 'shape'
      ? reshape(from.distribution, held.shape)
      : residual(from.distribution, onHost(held.other).distribution);
  return { ...from, distribution };
}

/** Answers by the definitions, anew each time. */
export class HostAnswerer implements Answerer {
  readonly #maskId: number | null;

  constructor(maskId: number | null) {
    this.#maskId = maskId;
  }

  answer: Answerer['answer'] = (questions) =>
    Promise.resolve(
      questions.map((question) => {
        try {
          return { ok: true, value: answerQuestion(question, this.#maskId, onHost) };
        } catch (error) {
          return failed(error);
        }
      }),
    );

  logits({ logits }: SegmentedPrediction): Promise<Float32Array> {
    return Promise.resolve(logits.values().slice());
  }

  dispose(): Promise<void> {
    return Promise.resolve();
  }
}
