import { cleanMask, trainingMask, type CleanAttention } from '../attention-masks.js';
import type { Tf } from '../tfjs/backend.js';
import type { Network } from '../tfjs/network.js';
import { assemble, type Slab } from '../tfjs/slab.js';
import { rowsOf, type CaseOf } from './expected.js';

/** Positions 0 to n - 1. */
const upTo = (n: number): number[] => Array.from({ length: n }, (_, position) => position);

/** [x_0 ; x_t] in one pass, without a cache: the logits of the noisy half. */
export async function trainLogits(
  network: Network,
  { clean, noisy, blockSize }: CaseOf<'train'>,
  attention: CleanAttention,
): Promise<Float32Array[]> {
  const noisyRows = rowsOf(noisy);
  const rows = rowsOf(clean).map((row, index) => [...row, ...(noisyRows[index] ?? [])]);
  const [, length = 0] = clean.shape;
  const { logits } = network.run({
    rows: rows.length,
    queries: 2 * length,
    tokens: Int32Array.from(rows.flat()),
    positions: Int32Array.from(rows.flatMap(() => [...upTo(length), ...upTo(length)])),
    mask: trainingMask(length, blockSize, attention),
    past: null,
    answers: length,
    keep: 0,
  });
  const data = await logits.data<'float32'>();
  logits.dispose();
  return [data];
}

/** Clean rows in chunks, each attending token-causally to itself and to the chunks before it. */
export async function causalLogits(tf: Tf, network: Network, chunks: readonly number[][][]): Promise<Float32Array[]> {
  const outputs: Float32Array[] = [];
  let past: Slab | null = null;
  let start = 0;
  for (const rows of chunks) {
    const queries = rows[0]?.length ?? 0;
    const length = start;
    const { logits, kept } = network.run({
      rows: rows.length,
      queries,
      tokens: Int32Array.from(rows.flat()),
      positions: Int32Array.from(rows.flatMap(() => upTo(queries).map((position) => length + position))),
      mask: cleanMask(queries, 'token'),
      past: past && { layers: past.layers, capacity: past.capacity, lengths: rows.map(() => length) },
      answers: queries,
      keep: queries,
    });
    const before: Slab | null = past;
    past = assemble(
      tf,
      rows.map((_, row) => ({ place: before && { slab: before, row }, length })),
      kept,
    );
    past.retain();
    before?.release();
    for (const { keys, values } of kept) tf.dispose([keys, values]);
    outputs.push(await logits.data<'float32'>());
    logits.dispose();
    start += queries;
  }
  past?.release();
  return outputs;
}
