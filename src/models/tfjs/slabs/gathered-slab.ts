import type { Tensor } from '@tensorflow/tfjs-core';
import { capacityFor, type KeyValues } from '../network/attention.js';
import type { Tf } from '../backend.js';
import { axisOf, sized, Slab, type Stored } from './slab.js';

/**
 * The same slab as `assemble` gives, but for what is in its padding, in a few operations for each transformer block, however many rows
 * there are and however they differ: for devices on which an operation costs more than what it moves.
 */
export function assembleByGathering(tf: Tf, rows: readonly Stored[], fresh: readonly KeyValues[] | null): Slab {
  const layers = fresh ?? rows.find(({ place }) => place !== null)?.place?.slab.layers ?? [];
  const longest = Math.max(...rows.map(({ length }) => length));
  const added = fresh?.[0]?.values.shape[axisOf.values] ?? 0;
  const capacity = capacityFor(longest + added);
  const room = fresh === null ? capacity : capacityFor(longest);
  const sources = sourcesOf(rows);
  const stacked = (layer: number, part: keyof KeyValues, like: Tensor, moves: Moves): Tensor =>
    tf.tidy(() => {
      const axis = axisOf[part];
      const stored = moves.order(
        sources.map(({ slab, own }) => {
          const tensor = slab?.layers[layer]?.[part];
          if (tensor === undefined) return tf.zeros(sized(like.shape, { 0: own.length, [axis]: room }));
          const isWhole = own.length === slab?.rows && own.every((row, at) => row === at);
          return resized(tf, isWhole ? tensor : moves.pick(tensor, own), axis, room);
        }),
      );
      const more = fresh?.[layer]?.[part];
      return more === undefined ? stored : moves.shift(room === 0 ? more : tf.concat([stored, more], axis), axis);
    });
  const made = tf.tidy(() => {
    const moves = movesOf(tf, rows, sources, { room, added, capacity });
    return layers.map(({ keys, values }, layer) => ({
      keys: stacked(layer, 'keys', keys, moves),
      values: stacked(layer, 'values', values, moves),
    }));
  });
  return new Slab(tf, made);
}

/** The rows that come out of one slab, or of none: where they lie in it, and where they go. */
interface Source {
  readonly slab: Slab | null;
  readonly own: number[];
  readonly to: number[];
}

function sourcesOf(rows: readonly Stored[]): readonly Source[] {
  const sources = new Map<Slab | null, Source>();
  rows.forEach(({ place, length }, index) => {
    const used = length === 0 ? null : place;
    const slab = used?.slab ?? null;
    const source = sources.get(slab) ?? { slab, own: [], to: [] };
    sources.set(slab, source);
    source.own.push(used?.row ?? 0);
    source.to.push(index);
  });
  return [...sources.values()];
}

/** What is done alike to all tensors of a slab; its indices go to the device once. */
interface Moves {
  /** These rows of a slab's tensor. */
  readonly pick: (tensor: Tensor, rows: readonly number[]) => Tensor;
  /** The rows of all sources, one behind the other, in the order that is wanted. */
  readonly order: (pieces: readonly Tensor[]) => Tensor;
  /** Stored and new positions [room + added] of each row moved together, with room behind them. */
  readonly shift: (tensor: Tensor, axis: number) => Tensor;
}

interface Sizes {
  readonly room: number;
  readonly added: number;
  readonly capacity: number;
}

function movesOf(tf: Tf, rows: readonly Stored[], sources: readonly Source[], sizes: Sizes): Moves {
  const { room, added, capacity } = sizes;
  const behind = sources.flatMap(({ to }) => to);
  const places = new Int32Array(rows.length);
  behind.forEach((row, at) => (places[row] = at));
  const inOrder = behind.every((row, at) => row === at);
  const order = inOrder ? null : tf.tensor1d(places, 'int32');
  // Padding repeats a token of the row itself: nothing of one row, and be it no number, gets into another.
  const from = rows.flatMap(({ length }) =>
    Array.from({ length: capacity }, (_, position) =>
      position < length ? position : room + Math.min(position - length, added - 1),
    ),
  );
  const positions = added === 0 ? null : tf.tensor2d(Int32Array.from(from), [rows.length, capacity], 'int32');
  const picks = new Map<readonly number[], Tensor>(
    sources.map(({ own }) => [own, tf.tensor1d(Int32Array.from(own), 'int32')]),
  );
  return {
    pick: (tensor, own) => tf.gather(tensor, picks.get(own) ?? refuse(own)),
    order: (pieces) => {
      const stacked = tf.concat([...pieces], 0);
      return order === null ? stacked : tf.gather(stacked, order);
    },
    shift: (tensor, axis) => (positions === null ? tensor : tf.gather(tensor, positions, axis, 1)),
  };
}

function refuse(rows: readonly number[]): never {
  throw new Error(`rows ${rows.join(', ')} are of no source`);
}

/** With so many positions: the first ones, or zeros behind all. */
function resized(tf: Tf, tensor: Tensor, axis: number, positions: number): Tensor {
  const { shape } = tensor;
  const has = shape[axis] ?? 0;
  if (has >= positions) {
    const zeros = shape.map(() => 0);
    return has === positions ? tensor : tf.slice(tensor, zeros, sized(shape, { [axis]: positions }));
  }
  return tf.pad(
    tensor,
    shape.map((_, at): [number, number] => [0, at === axis ? positions - has : 0]),
  );
}
