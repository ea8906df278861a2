/** What decides how much a row of a pass takes. */
export interface RowShape {
  readonly queries: number;
  readonly answers: number;
  /** How many of the queries leave their keys and values. */
  readonly keep: number;
  /** Places for cached keys. */
  readonly capacity: number;
}

export interface NetworkSizes {
  readonly layers: number;
  readonly heads: number;
  readonly hidden: number;
  readonly vocabularySize: number;
}

/** Numbers of the hidden width that one transformer block makes for each query, and keeps until it is done: the MLP's are half of them. */
const perQuery = 64;
/** Arrays of the size of a block's attention scores: of cached and new keys, together, with their bias, as probabilities and their parts. */
const perScore = 6;

/** About how many bytes a row of a pass takes while it is computed, beside what was there before. */
export function workingBytes(
  { layers, heads, hidden, vocabularySize }: NetworkSizes,
  { queries, answers, keep, capacity }: RowShape,
): number {
  const block = perQuery * queries * hidden + perScore * heads * queries * (capacity + queries);
  const numbers = block + answers * vocabularySize + 2 * layers * keep * hidden;
  return numbers * Float32Array.BYTES_PER_ELEMENT;
}
