import { cleanMask, trainingMask, type CleanAttention } from '../attention-masks.js';
import { rowsOf, type CaseOf } from './expected.js';
import type { RawPass } from './subject.js';

/** As many positions, from `first` on. */
const positionsFrom = (first: number, count: number): number[] => Array.from({ length: count }, (_, i) => first + i);

/** [x_0 ; x_t] in one pass, without a cache: the logits of the noisy half. */
export function trainPass({ clean, noisy, blockSize }: CaseOf<'train'>, attention: CleanAttention): RawPass {
  const noisyRows = rowsOf(noisy);
  const [, length = 0] = clean.shape;
  return {
    rows: rowsOf(clean).map((row, index) => [...row, ...(noisyRows[index] ?? [])]),
    positions: [...positionsFrom(0, length), ...positionsFrom(0, length)],
    mask: trainingMask(length, blockSize, attention),
    answers: length,
  };
}

/** Clean rows in chunks, each attending token-causally to itself and to the chunks before it. */
export function causalPasses(chunks: readonly (readonly (readonly number[])[])[]): RawPass[] {
  let start = 0;
  return chunks.map((rows) => {
    const queries = rows[0]?.length ?? 0;
    const positions = positionsFrom(start, queries);
    start += queries;
    return { rows, positions, mask: cleanMask(queries, 'token'), answers: queries };
  });
}
