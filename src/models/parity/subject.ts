import type { Prediction } from '../../graph/values.js';
import type { Denoiser } from '../denoiser.js';

/**
 * One pass outside of decoding: rows of equal length, their tokens attending to each other as the mask says, and to all
 * tokens of the passes before it.
 */
export interface RawPass {
  /** [R][Q] */
  readonly rows: readonly (readonly number[])[];
  /** [Q]; positions in a row's text, from 0. */
  readonly positions: readonly number[];
  /** [Q, Q], additive. */
  readonly mask: Float32Array;
  /** How many of the last queries of each row logits are wanted for. */
  readonly answers: number;
}

/** A checkpoint on a backend, with the ways to its logits that parity cases need. */
export interface ParitySubject {
  readonly denoiser: Denoiser;
  /** What a prediction of the denoiser was made from: the network's output, [positions, V] row-major. */
  logits(prediction: Prediction): Promise<Float32Array>;
  /** Passes one after the other on the same rows, each with its logits [R * answers, V]. */
  passes(passes: readonly RawPass[]): Promise<Float32Array[]>;
  /** Frees the weights. */
  dispose(): void;
}
