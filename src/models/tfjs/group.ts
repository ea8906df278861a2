import type { Tensor } from '@tensorflow/tfjs';
import type { ModelManifest } from '../../graph/manifest.js';
import { activate, type Tf, type TensorBackend } from './backend.js';
import type { Network } from './network.js';
import { maskOf, type PlannedCall } from './plan.js';
import { assemble, sharedSlab, type Slab, type Stored } from './slab.js';

/** A pass that is under way. */
export interface Launched {
  /** [rows * answers, V], the caller's to dispose. */
  readonly logits: Tensor;
  /**
   * Row by row the keys and values of the calls' clean text with that which was pending; `null` when nothing was,
   * or the model keeps none. Retained once for the caller.
   */
  readonly slab: Slab | null;
  /** Query positions evaluated. */
  readonly evaluated: number;
}

/** Runs calls that share a key as one pass. */
export function launch(
  backend: TensorBackend,
  network: Network,
  manifest: ModelManifest,
  group: readonly PlannedCall[],
): Launched {
  const tf = activate(backend);
  const [first] = group;
  if (first === undefined) throw new Error('a pass needs at least one call');
  const queries = first.tokens.length;
  const { keep } = first;
  const past = pastOf(tf, group);
  past?.retain();
  try {
    const { logits, kept } = network.run({
      rows: group.length,
      queries,
      tokens: Int32Array.from(group.flatMap(({ tokens }) => tokens)),
      positions: Int32Array.from(group.flatMap(({ positions }) => positions)),
      mask: maskOf(first, manifest),
      past: past && {
        layers: past.layers,
        capacity: past.capacity,
        lengths: group.map(({ stored }) => stored.length),
      },
      answers: first.answers,
      keep,
    });
    const evaluated = group.length * queries;
    if (keep === 0) return { logits, slab: null, evaluated };
    const rows = group.map(({ stored }, row): Stored => ({
      place: past && { slab: past, row },
      length: stored.length,
    }));
    const slab = assemble(tf, rows, kept);
    slab.retain();
    for (const { keys, values } of kept) tf.dispose([keys, values]);
    return { logits, slab, evaluated };
  } finally {
    past?.release();
  }
}

/**
 * One slab with the group's rows in order. Where it has to be put together anew, caches that wait for nothing
 * move into it, so that rows which go on together find it ready the next time.
 */
function pastOf(tf: Tf, group: readonly PlannedCall[]): Slab | null {
  const rows = group.map(({ stored }) => stored);
  if (rows.every(({ length }) => length === 0)) return null;
  const shared = sharedSlab(rows);
  if (shared !== null) return shared;
  const slab = assemble(tf, rows, null);
  group.forEach(({ cache, stored, keep }, row) => {
    if (keep === 0 && stored.length === cache.cached) cache.move({ slab, row });
  });
  return slab;
}
