import type { Answers, Question } from '../../../graph/effects.js';
import type { Shape } from '../../../graph/values.js';
import type { Settled } from '../../denoiser.js';
import type { RawPrediction } from '../../questions/distribution.js';

/** A prediction where its logits are: those of one call, or made from others. */
export type HeldPrediction =
  | {
      readonly from: 'logits';
      /** Its `logits` are a view of a pass's buffer, in which the rows of other calls lie beside them. */
      readonly raw: RawPrediction;
      /** The block that a denoise call was made for; `null` for AR scores. */
      readonly noisy: readonly number[] | null;
    }
  | { readonly from: 'shape'; readonly of: HeldPrediction; readonly shape: Shape }
  | { readonly from: 'residual'; readonly of: HeldPrediction; readonly other: HeldPrediction };

type Held<Q> = Q extends Question
  ? {
      readonly [K in keyof Q]: K extends 'prediction' | 'other' ? HeldPrediction : Q[K];
    }
  : never;

/** A question with the predictions themselves in place of their handles. */
export type HeldQuestion = Held<Question>;

/** Answers questions in the thread that has the logits. */
export interface Answerer {
  /** Never rejects for one question's fault: that one settles with an error. */
  answer(questions: readonly HeldQuestion[]): Promise<readonly Settled<Answers[Question['ask']]>[]>;
  dispose(): Promise<void>;
}
