import { match } from 'ts-pattern';
import { arScoreMask, cleanMask, denoiseMask, type CleanAttention } from '../attention-masks.js';

/** What decides which queries of a call attend to which. */
export interface QueryMask {
  readonly mask: 'none' | 'denoise' | 'ar-score' | 'next-token';
  /** How many clean tokens go along at the front of the queries. */
  readonly pending: number;
  /** How many of the last queries the logits are wanted for. */
  readonly answers: number;
  /** Block size by which the clean tokens attend, where that decides. */
  readonly grid: number | null;
}

/** The additive mask [queries, queries] of a call's own tokens, `null` where all see all. */
export function maskOf({ mask, pending, answers, grid }: QueryMask): Float32Array | null {
  const attention: CleanAttention = grid === null ? 'token' : { block: grid };
  return match(mask)
    .with('none', () => null)
    .with('next-token', () => cleanMask(pending + answers - 1, 'token'))
    .with('ar-score', () => arScoreMask(pending, answers, attention))
    .with('denoise', () => (pending === 0 ? null : denoiseMask(pending, answers, attention)))
    .exhaustive();
}
