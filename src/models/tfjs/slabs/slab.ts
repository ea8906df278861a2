import type { Tensor } from '@tensorflow/tfjs';
import { capacityFor, type KeyValues } from '../network/attention.js';
import type { Tf } from '../backend.js';
import type { Sent } from '../sent.js';

/**
 * The keys and values of rows that went through the network together, for each transformer block, with room behind
 * each row's own. Rows share it; it frees its tensors when no row uses it any more.
 */
export class Slab {
  readonly layers: readonly KeyValues[];
  readonly rows: number;
  readonly capacity: number;
  /** The pass that it came of, for those who ask whether that was computed. */
  sent: Sent | null = null;
  readonly #tf: Tf;
  #users = 0;

  constructor(tf: Tf, layers: readonly KeyValues[]) {
    this.#tf = tf;
    this.layers = layers;
    const [rows = 0, , capacity = 0] = layers[0]?.values.shape ?? [];
    this.rows = rows;
    this.capacity = capacity;
  }

  retain(): void {
    this.#users += 1;
  }

  release(): void {
    this.#users -= 1;
    if (this.#users > 0) return;
    for (const { keys, values } of this.layers) this.#tf.dispose([keys, values]);
  }
}

/** Where a row's keys and values lie. */
export interface Place {
  readonly slab: Slab;
  readonly row: number;
}

/** The leading `length` positions of a place; nothing where `place` is `null`. */
export interface Stored {
  readonly place: Place | null;
  readonly length: number;
}

/** Whether these are all the rows of one slab, in its order, so that it can be used as it is. */
export function sharedSlab(rows: readonly Stored[]): Slab | null {
  const slab = rows[0]?.place?.slab;
  if (slab?.rows !== rows.length) return null;
  return rows.every(({ place }, index) => place?.slab === slab && place.row === index) ? slab : null;
}

/** Where the positions are among the dimensions. */
export const axisOf = { keys: 3, values: 2 } satisfies Record<keyof KeyValues, number>;

/** A new slab of these rows, each cut to its length and, with `fresh` keys and values of n positions, n longer. */
export function assemble(tf: Tf, rows: readonly Stored[], fresh: readonly KeyValues[] | null): Slab {
  const layers = fresh ?? rows.find(({ place }) => place !== null)?.place?.slab.layers ?? [];
  const runs = runsOf(rows);
  const added = fresh?.[0]?.values.shape[axisOf.values] ?? 0;
  const capacity = capacityFor(Math.max(...rows.map(({ length }) => length)) + added);
  const stack = (layer: number, part: keyof KeyValues, like: Tensor): Tensor =>
    tf.tidy(() => {
      const axis = axisOf[part];
      const pieces = runs.map((run) => {
        const parts = partsOf(tf, run, axis, run.place?.slab.layers[layer]?.[part], fresh?.[layer]?.[part]);
        const empty = capacity - run.length - added;
        if (empty > 0) parts.push(tf.zeros(sized(like.shape, { 0: run.count, [axis]: empty })));
        return tf.concat(parts, axis);
      });
      return tf.concat(pieces, 0);
    });
  const made = tf.tidy(() =>
    layers.map(({ keys, values }, layer) => ({
      keys: stack(layer, 'keys', keys),
      values: stack(layer, 'values', values),
    })),
  );
  return new Slab(tf, made);
}

/** A shape with some of its sizes replaced. */
export const sized = (shape: readonly number[], sizes: Readonly<Record<number, number>>): number[] =>
  shape.map((size, axis) => sizes[axis] ?? size);

/** Neighbours in one slab with one length, which can be cut out together. */
interface Run extends Stored {
  /** Index of the first row among those asked for. */
  readonly first: number;
  readonly count: number;
}

function runsOf(rows: readonly Stored[]): Run[] {
  const runs: Run[] = [];
  rows.forEach(({ place, length }, index) => {
    const run = runs.at(-1);
    const follows =
      run?.length === length &&
      run.place?.slab === place?.slab &&
      (run.place === null || run.place.row + run.count === place?.row);
    if (follows) runs[runs.length - 1] = { ...run, count: run.count + 1 };
    else runs.push({ place, length, first: index, count: 1 });
  });
  return runs;
}

/** A run's stored and new positions, one behind the other. */
function partsOf(tf: Tf, run: Run, axis: number, stored: Tensor | undefined, fresh: Tensor | undefined): Tensor[] {
  const parts: Tensor[] = [];
  if (stored !== undefined && run.place !== null && run.length > 0) {
    const { slab, row } = run.place;
    const whole = run.count === slab.rows && run.length === slab.capacity;
    const size = sized(stored.shape, { 0: run.count, [axis]: run.length });
    parts.push(whole ? stored : tf.slice(stored, [row, 0, 0, 0], size));
  }
  if (fresh !== undefined) {
    const whole = run.count === fresh.shape[0];
    parts.push(whole ? fresh : tf.slice(fresh, [run.first, 0, 0, 0], sized(fresh.shape, { 0: run.count })));
  }
  return parts;
}
