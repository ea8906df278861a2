import type { Answers, Question } from '../../../graph/effects.js';
import type { Shape } from '../../../graph/values.js';
import type { Settled } from '../../denoiser.js';
import type { QuestionAbout } from '../../questions/answer.js';
import type { SegmentedPrediction } from './segmented-prediction.js';

/** A prediction where its logits are: those of one call, or made from others. */
export type HeldPrediction =
  | {
      readonly from: 'logits';
      readonly raw: SegmentedPrediction;
      /** The block that a denoise call was made for; `null` for AR scores. */
      readonly noisy: readonly number[] | null;
    }
  | { readonly from: 'shape'; readonly of: HeldPrediction; readonly shape: Shape }
  | { readonly from: 'residual'; readonly of: HeldPrediction; readonly other: HeldPrediction };

/** A question with the predictions themselves in place of their handles. */
export type HeldQuestion = QuestionAbout<HeldPrediction>;

/** Answers questions in the thread that has the logits. */
export interface Answerer {
  /**
   * Never rejects for one question's fault: that one settles with an error. An answer is the same, bit for bit,
   * whatever is asked beside it. The logits of the predictions must stay as they are until it settles.
   */
  answer(questions: readonly HeldQuestion[]): Promise<readonly Settled<Answers[Question['ask']]>[]>;
  /** All logits of a call, [positions, V] row-major, which are the caller's. */
  logits(raw: SegmentedPrediction): Promise<Float32Array>;
  dispose(): Promise<void>;
}
