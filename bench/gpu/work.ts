/** The sizes of a network that decide how much a forward has to do. */
export interface Shape {
  readonly layers: number;
  readonly hidden: number;
  readonly vocabularySize: number;
}

/** One denoise forward: `rows` rows of `block` tokens behind `cached` ones each. */
export interface ForwardSize {
  readonly rows: number;
  readonly cached: number;
  readonly block: number;
}

/** What a forward cannot do without. */
export interface Work {
  /** Read from the device's memory: the matrices once, and keys and values of all rows. */
  readonly bytes: number;
  /** Multiplications and additions of the matrix products, those of attention included. */
  readonly operations: number;
}

/** What a device does in a second. */
export interface Rates {
  /** Bytes read or written. `null` where it is not known. */
  readonly bytes: number | null;
  /** Multiplications and additions of a large matrix product. `null` where it is not known. */
  readonly operations: number | null;
}

/** The floors of a forward as shares of the time that it took: 1 where it is as fast as the device allows. */
export interface Shares {
  readonly memory: number | null;
  readonly arithmetic: number | null;
}

/**
 * The least that a forward does, in numbers of `numberBytes` bytes. Of the embedding only the rows of its tokens are read, logits
 * need not be written, and adaLN is constant: none of them counts.
 */
export function forwardWork(
  { layers, hidden, vocabularySize }: Shape,
  { rows, cached, block }: ForwardSize,
  numberBytes: number,
): Work {
  // Queries, keys and values take 3 h^2, what comes of attention 1 h^2, the two layers behind it 4 h^2 each.
  const weights = layers * 12 * hidden ** 2 + hidden * vocabularySize;
  const keysAndValues = 2 * layers * rows * cached * hidden;
  const tokens = rows * block;
  // Each token against each key, then with each value, over all heads.
  const attention = 2 * layers * tokens * (cached + block) * hidden;
  return { bytes: (weights + keysAndValues) * numberBytes, operations: 2 * (tokens * weights + attention) };
}

/** How near a forward of so many milliseconds comes to what a device can do. */
export function sharesOf(work: Work, rates: Rates, milliseconds: number): Shares {
  const share = (amount: number, rate: number | null): number | null =>
    rate === null ? null : amount / rate / (milliseconds / 1000);
  return { memory: share(work.bytes, rates.bytes), arithmetic: share(work.operations, rates.operations) };
}

/** The most of each that any of them reached. */
export function bestRates(all: readonly Rates[]): Rates {
  const most = (values: readonly (number | null)[]): number | null => {
    const known = values.filter((value) => value !== null);
    return known.length === 0 ? null : Math.max(...known);
  };
  return { bytes: most(all.map(({ bytes }) => bytes)), operations: most(all.map(({ operations }) => operations)) };
}
