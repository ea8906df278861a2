import { segmentWidth, sizeOfSegment } from './segments.js';

/** The logits of one position, wherever they are. */
export interface RowLogits {
  /** V */
  readonly length: number;
  /** Of one token; -Infinity for what is no token. */
  at(token: number): number;
  /** Of the tokens of a segment; not to be written to. */
  segment(segment: number): Float32Array;
}

/** The logits of one call, [positions, V]. */
export interface CallLogits {
  row(position: number): RowLogits;
  /** All of them, row-major, as they are. Throws an `Error` where they are not on the host. */
  values(): Float32Array;
}

/**
 * Where the logits of calls come from. What is not on the host has a stand-in there when it is first looked at, which is gone
 * with the next fetch: what was worked out from it has to be worked out again.
 */
export interface LogitsSource {
  /** How many looks at segments that are not on the host there were since the last fetch, the same segment's each time. */
  readonly missing: number;
  /** Brings those segments to the host. */
  fetch(): Promise<void>;
  /** All logits of a call, row-major. */
  read(logits: CallLogits): Promise<Float32Array>;
}

/** The host itself, where everything is. */
export const hostLogits: LogitsSource = {
  missing: 0,
  fetch: () => Promise.resolve(),
  read: (logits) => Promise.resolve(logits.values()),
};

/** Logits of a row in this process's memory. */
export class HostRow implements RowLogits {
  /** [V], a view of the buffer that holds it. */
  readonly values: Float32Array;

  constructor(values: Float32Array) {
    this.values = values;
  }

  get length(): number {
    return this.values.length;
  }

  at(token: number): number {
    return this.values[token] ?? -Infinity;
  }

  segment(segment: number): Float32Array {
    const start = segment * segmentWidth;
    return this.values.subarray(start, start + sizeOfSegment(segment, this.values.length));
  }
}

/** Logits of a call in this process's memory: a view of a pass's buffer, in which the rows of other calls lie beside them. */
export class HostLogits implements CallLogits {
  readonly #values: Float32Array;
  readonly #vocabularySize: number;

  constructor(values: Float32Array, vocabularySize: number) {
    this.#values = values;
    this.#vocabularySize = vocabularySize;
  }

  row(position: number): HostRow {
    const start = position * this.#vocabularySize;
    return new HostRow(this.#values.subarray(start, start + this.#vocabularySize));
  }

  values(): Float32Array {
    return this.#values;
  }
}
