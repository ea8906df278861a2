import type { RawPrediction } from '../../questions/distribution.js';
import type { CallLogits } from './logits.js';

/**
 * What was computed of the segments of rows, [rows, segments] each: largest logits m, the sums of e = exp(y) with
 * y = (x - m) / temperature, and the sums of e y where they were wanted.
 */
export interface SegmentTotals {
  readonly maxima: Float32Array;
  readonly sums: Float32Array;
  readonly moments?: Float32Array | undefined;
}

/**
 * A raw prediction, with what the network itself has computed of its rows where it did so: at the prediction's temperature, or
 * for temperature 0 at any.
 */
export interface SegmentedPrediction extends Omit<RawPrediction, 'logits'> {
  readonly logits: CallLogits;
  readonly totals?: SegmentTotals | undefined;
}
