import type { Tensor } from '@tensorflow/tfjs';
import { maskOf } from '../calls/mask.js';
import { activate, type Tf, type TensorBackend } from './backend.js';
import type { Network } from './network/network.js';
import type { TfjsCall } from './plan.js';
import { Sent } from './sent.js';
import { assembleByGathering } from './slabs/gathered-slab.js';
import { assemble, sharedSlab, type Slab, type Stored } from './slabs/slab.js';

/** A pass that is under way. */
export interface Launched {
  /** [rows * answers, V], the caller's to dispose. */
  readonly logits: Tensor;
  /**
   * Row by row the keys and values of the calls' clean text with that which was pending; `null` when nothing was,
   * or the model keeps none. Retained once for the caller.
   */
  readonly slab: Slab | null;
  /** What tells whether it was computed. */
  readonly sent: Sent;
  /** Query positions evaluated. */
  readonly evaluated: number;
}

/** Runs calls that share a key as one pass. */
export function launch(backend: TensorBackend, network: Network, group: readonly TfjsCall[]): Launched {
  const tf = activate(backend);
  const [first] = group;
  if (first === undefined) throw new Error('a pass needs at least one call');
  const queries = first.tokens.length;
  const { keep } = first;
  // The WASM backend (4.22) takes a row's indices for those of all rows.
  const together = network.resident === true && backend.name !== 'wasm' ? assembleByGathering : assemble;
  const before = group.flatMap(({ cache, reuse }) => cache.stored(reuse).place?.slab.sent ?? []);
  const sent = new Sent(before, backend.refusals?.() ?? 0);
  const past = pastOf(tf, group, together, sent);
  past?.retain();
  try {
    const { logits, kept } = network.run({
      rows: group.length,
      queries,
      tokens: Int32Array.from(group.flatMap(({ tokens }) => tokens)),
      positions: Int32Array.from(group.flatMap(({ positions }) => positions)),
      mask: maskOf(first),
      past: past && {
        layers: past.layers,
        capacity: past.capacity,
        lengths: group.map(({ reuse }) => reuse),
      },
      answers: first.answers,
      keep,
    });
    const evaluated = group.length * queries;
    if (keep === 0) return { logits, slab: null, sent, evaluated };
    const rows = group.map(({ reuse }, row): Stored => ({
      place: past && { slab: past, row },
      length: reuse,
    }));
    try {
      const slab = together(tf, rows, kept);
      slab.sent = sent;
      slab.retain();
      return { logits, slab, sent, evaluated };
    } catch (error) {
      logits.dispose();
      throw error;
    } finally {
      for (const { keys, values } of kept) tf.dispose([keys, values]);
    }
  } finally {
    past?.release();
  }
}

/**
 * One slab with the group's rows in order. Where it has to be put together anew, caches that wait for nothing
 * move into it, so that rows which go on together find it ready the next time.
 */
function pastOf(tf: Tf, group: readonly TfjsCall[], together: typeof assemble, sent: Sent): Slab | null {
  const rows = group.map(({ cache, reuse }) => cache.stored(reuse));
  if (rows.every(({ length }) => length === 0)) return null;
  const shared = sharedSlab(rows);
  if (shared !== null) return shared;
  const slab = together(tf, rows, null);
  slab.sent = sent;
  group.forEach(({ cache, reuse, keep }, row) => {
    if (keep === 0 && reuse === cache.cached) cache.move({ slab, row });
  });
  return slab;
}
