import type { Tensor } from '@tensorflow/tfjs-core';
import type { Answers, Question } from '../../graph/effects.js';
import type { Prediction } from '../../graph/values.js';
import type { Settled } from '../denoiser.js';
import type { Counted, LiveCount } from '../handles/counted.js';
import type { TfjsCall } from './plan.js';
import type { ReadBacks } from './device/device.js';
import type { Sent } from './sent.js';

/** The model that predictions belong to. */
export interface Owner {
  readonly count: LiveCount;
  /** Gives a handle back if the model may use it. Throws an `Error` that says why not otherwise. */
  own<T extends Counted>(handle: T): T;
}

/** Where the logits of passes go, and where questions about them are answered. */
export interface Answering {
  /**
   * The predictions of the calls of a pass, in order, from its logits [rows * answers, V or more], which it takes over. Logits that
   * are not finite settle a row with an error here, or whatever is asked of its prediction.
   */
  predictions(logits: Tensor, calls: readonly TfjsCall[], sent: Sent): Promise<readonly Settled<Prediction>[]>;
  answer(questions: readonly Question[]): Promise<readonly Settled<Answers[Question['ask']]>[]>;
  /** The network's raw output behind a prediction of a call, [positions, V] row-major. */
  logitsOf(prediction: Prediction): Promise<Float32Array>;
  /** What has been read from where the tensors are. */
  readonly readBacks: ReadBacks;
  dispose(): void;
}

/** Makes the way to answer for the model that owns the predictions. */
export type CreateAnswering = (owner: Owner) => Answering;
