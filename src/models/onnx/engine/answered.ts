import { allFinite, checkLogits } from '../../calls/raw.js';
import type { Reduction } from '../network/network.js';
import type { SegmentTotals } from '../questions/segments.js';
import type { Seat } from './batch.js';
import type { CallPart } from './prefill.js';

/** A pass's results for all its calls. */
export interface PassAnswers {
  /** [A, V] */
  readonly logits: Float32Array;
  readonly vocabularySize: number;
  readonly reduction: Reduction | null;
}

/** The temperature of each of a pass's `answers` rows of logits. */
export function temperaturesOf(calls: readonly CallPart[], seats: readonly Seat[], answers: number): number[] {
  const temperatures = new Array<number>(answers).fill(1);
  calls.forEach((call, index) => {
    const first = seats[index]?.answer ?? 0;
    temperatures.fill(call.raw.temperature, first, first + call.answers);
  });
  return temperatures;
}

/** The logits of one call, and what the network has made of them. Throws an `Error` when they are not finite. */
export function answered(
  call: CallPart,
  { answer: first }: Seat,
  { logits, vocabularySize, reduction }: PassAnswers,
): { readonly logits: Float32Array; readonly totals?: SegmentTotals } {
  const part = (values: Float32Array, each: number): Float32Array =>
    values.subarray(first * each, (first + call.answers) * each);
  const own = part(logits, vocabularySize);
  if (reduction === null || !allFinite(part(reduction.totals, 1))) checkLogits(own, vocabularySize, call.start);
  if (reduction === null) return { logits: own };
  const segments = reduction.maxima.length / reduction.totals.length;
  return { logits: own, totals: { maxima: part(reduction.maxima, segments), sums: part(reduction.sums, segments) } };
}
