import type { RawPass } from '../parity/subject.js';
import type { Tf } from './backend.js';
import type { Network } from './network/network.js';
import { assemble, type Slab } from './slabs/slab.js';

/** Passes one after the other on the same rows, each attending to all tokens before; [R * answers, V] of each. */
export async function runRawPasses(
  tf: Tf,
  network: Network,
  passes: readonly RawPass[],
  vocabularySize: number,
): Promise<Float32Array[]> {
  const outputs: Float32Array[] = [];
  let past: Slab | null = null;
  let length = 0;
  for (const { rows, positions, mask, answers } of passes) {
    const queries = positions.length;
    const stored = length;
    const { logits, kept } = network.run({
      rows: rows.length,
      queries,
      tokens: Int32Array.from(rows.flat()),
      positions: Int32Array.from(rows.flatMap(() => positions)),
      mask,
      past: past && { layers: past.layers, capacity: past.capacity, lengths: rows.map(() => stored) },
      answers,
      keep: queries,
    });
    const before: Slab | null = past;
    past = assemble(
      tf,
      rows.map((_, row) => ({ place: before && { slab: before, row }, length: stored })),
      kept,
    );
    past.retain();
    before?.release();
    for (const { keys, values } of kept) tf.dispose([keys, values]);
    const wanted = tf.slice(logits, [0, 0], [-1, vocabularySize]);
    logits.dispose();
    outputs.push(await wanted.data<'float32'>());
    wanted.dispose();
    length += queries;
  }
  past?.release();
  return outputs;
}
