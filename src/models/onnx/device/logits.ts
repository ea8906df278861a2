import type { CallLogits, RowLogits } from '../questions/logits.js';
import { segmentOf, segmentsOf, segmentWidth, sizeOfSegment } from '../questions/segments.js';
import type { DeviceArray } from './device.js';
import type { DeviceSummary } from './network.js';

/** Where a row of logits begins on a device. */
export interface RowPlace {
  /** [segments, segmentWidth] */
  readonly array: DeviceArray;
  /** Its first segment. */
  readonly first: number;
}

/** Takes note of segments that were looked at and are not on the host. */
export type Want = (row: DeviceRow, segment: number) => void;

export interface DeviceRowParts extends RowPlace {
  readonly vocabularySize: number;
  /** [S] */
  readonly maxima: Float32Array;
  /** The logits of the segment with the largest of `maxima`, [segmentWidth]. */
  readonly top: Float32Array;
  readonly want: Want;
}

/** A row of logits on a device, with those of its segments that have been brought to the host. */
export class DeviceRow implements RowLogits {
  readonly length: number;
  readonly place: RowPlace;
  readonly #maxima: Float32Array;
  readonly #want: Want;
  readonly #known = new Map<number, Float32Array>();

  constructor({ array, first, vocabularySize, maxima, top, want }: DeviceRowParts) {
    this.length = vocabularySize;
    this.place = { array, first };
    this.#maxima = maxima;
    this.#want = want;
    this.take(maxima.indexOf(maxima.reduce((largest, value) => Math.max(largest, value), -Infinity)), top);
  }

  at(token: number): number {
    if (!Number.isInteger(token) || token < 0 || token >= this.length) return -Infinity;
    return this.segment(segmentOf(token))[token % segmentWidth] ?? -Infinity;
  }

  /** Where it is not on the host, all its logits are as large as the largest of them, for the time being. */
  segment(segment: number): Float32Array {
    const known = this.#known.get(segment);
    if (known !== undefined) return known;
    this.#want(this, segment);
    return new Float32Array(sizeOfSegment(segment, this.length)).fill(this.#maxima[segment] ?? 0);
  }

  /** What was brought of a segment, [segmentWidth]. */
  take(segment: number, logits: Float32Array): void {
    this.#known.set(segment, logits.slice(0, sizeOfSegment(segment, this.length)));
  }
}

/** The logits of one call on a device. */
export class DeviceLogits implements CallLogits {
  readonly #rows: readonly DeviceRow[];

  constructor(rows: readonly DeviceRow[]) {
    this.#rows = rows;
  }

  /** Of its rows, in order. */
  get places(): readonly RowPlace[] {
    return this.#rows.map(({ place }) => place);
  }

  get vocabularySize(): number {
    return this.#rows[0]?.length ?? 0;
  }

  row(position: number): DeviceRow {
    const row = this.#rows[position];
    if (row === undefined) throw new Error(`a call has no position ${position}`);
    return row;
  }

  values(): Float32Array {
    throw new Error('the logits of a device were not read before they were looked at');
  }
}

/** Rows of a pass from the row `first` on, as the logits of one call. */
export interface CallRows {
  /** What the pass's logits are in. */
  readonly array: DeviceArray;
  readonly first: number;
  readonly count: number;
  readonly vocabularySize: number;
  readonly summary: Pick<DeviceSummary, 'maxima' | 'tops'>;
  readonly want: Want;
}

export function callLogits({ array, first, count, vocabularySize, summary, want }: CallRows): DeviceLogits {
  const each = segmentsOf(vocabularySize);
  const rows = Array.from({ length: count }, (_, i) => {
    const row = first + i;
    const maxima = summary.maxima.subarray(row * each, (row + 1) * each);
    const top = summary.tops.subarray(row * segmentWidth, (row + 1) * segmentWidth);
    return new DeviceRow({ array, first: row * each, vocabularySize, maxima, top, want });
  });
  return new DeviceLogits(rows);
}

/** The segments of rows among those of their array, row by row, [rows * S]. */
export const segmentIndices = (places: readonly RowPlace[], vocabularySize: number): Int32Array => {
  const each = segmentsOf(vocabularySize);
  return Int32Array.from(
    { length: places.length * each },
    (_, i) => (places[Math.floor(i / each)]?.first ?? 0) + (i % each),
  );
};
