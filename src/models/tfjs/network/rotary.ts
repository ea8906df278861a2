import type { Tensor } from '@tensorflow/tfjs';
import type { Tf } from '../backend.js';

const base = 10000;

/** Cosines and sines [N, width] of the rotations of N tokens. */
export interface Rotation {
  readonly cos: Tensor;
  readonly sin: Tensor;
}

/**
 * Rotary position embedding (RoFormer, arXiv 2104.09864) in the form that rotates the two halves of a head: what belongs to some
 * positions. It makes tensors: call it inside the `tidy` that uses them.
 */
export type Rotary = (positions: Int32Array) => Rotation;

export interface RotaryOptions {
  readonly width: number;
  /** Takes charge of the tensors that live as long as the network. */
  readonly own: (tensor: Tensor) => Tensor;
  /** Whether the tables stay on the device, so that only positions go there. */
  readonly resident: boolean;
}

export const createRotary = (tf: Tf, { width, own, resident }: RotaryOptions): Rotary =>
  resident ? residentTables(tf, width, own) : heldTables(tf, width);

interface Table<T> {
  readonly cos: T;
  readonly sin: T;
}

function rowOf(position: number, width: number): Table<Float32Array> {
  const half = width / 2;
  const angle = (_: unknown, i: number) => position * base ** (-(i % half) / half);
  return {
    cos: Float32Array.from({ length: width }, (_, i) => Math.cos(angle(_, i))),
    sin: Float32Array.from({ length: width }, (_, i) => Math.sin(angle(_, i))),
  };
}

/** Rows that are computed when they are first wanted, and go to the device with each pass. */
function heldTables(tf: Tf, width: number): Rotary {
  const known = new Map<number, Table<Float32Array>>();
  return (positions) => {
    const cosines = new Float32Array(positions.length * width);
    const sines = new Float32Array(positions.length * width);
    positions.forEach((position, index) => {
      const row = known.get(position) ?? rowOf(position, width);
      known.set(position, row);
      cosines.set(row.cos, index * width);
      sines.set(row.sin, index * width);
    });
    const shape: [number, number] = [positions.length, width];
    return { cos: tf.tensor2d(cosines, shape), sin: tf.tensor2d(sines, shape) };
  };
}

/** The least positions of a table; more come with the texts that have them. */
const fewestRows = 1024;

/** Tables on the device, which grow by doubling. */
function residentTables(tf: Tf, width: number, own: (tensor: Tensor) => Tensor): Rotary {
  let length = 0;
  let table: Table<Tensor> | null = null;
  const upTo = (positions: number): Table<Tensor> => {
    if (table !== null && positions <= length) return table;
    const longer = Math.max(fewestRows, 2 * length, positions);
    const rows = Array.from({ length: longer }, (_, position) => rowOf(position, width));
    const stacked = (part: keyof Table<unknown>): Tensor => {
      const values = new Float32Array(longer * width);
      rows.forEach((row, position) => values.set(row[part], position * width));
      return own(tf.keep(tf.tensor2d(values, [longer, width])));
    };
    table = { cos: stacked('cos'), sin: stacked('sin') };
    // Not before they are there: a device may refuse them.
    length = longer;
    return table;
  };
  return (positions) => {
    const { cos, sin } = upTo(positions.reduce((most, position) => Math.max(most, position), 0) + 1);
    const rows = tf.tensor1d(positions, 'int32');
    return { cos: tf.gather(cos, rows), sin: tf.gather(sin, rows) };
  };
}
