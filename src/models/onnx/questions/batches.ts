/** One row of logits among those that a graph reduces together; by default a view of the buffer that holds it, [V]. */
export interface RowInput<L = Float32Array> {
  readonly logits: L;
  readonly temperature: number;
  /** One for each segment. */
  readonly factors?: Float32Array;
}

/** What a graph reduces to one line of results: a row of logits, or a pair of them. */
export interface Row<L = Float32Array> {
  readonly inputs: readonly [RowInput<L>] | readonly [RowInput<L>, RowInput<L>];
}

/** Rows that lie one behind the other in the same memory, so that a graph can read them where they are. */
export interface Batch<R extends Row> {
  readonly first: R;
  /** Each with its place behind the first; at places between them are rows that nobody asks about. */
  readonly members: { readonly row: R; readonly place: number }[];
}

/**
 * Rows of one run. More of them would no longer fit into the processor's caches together with what is computed of them:
 * 128 rows of 50258 tokens took twice as long at once as in runs of 16.
 */
const mostRows = 16;

/** Rows computed in vain are cheaper than one more run up to this many in between. */
const mostBetween = 1;

/** Which rows go out together. Their order does not matter. */
export function batchesOf<R extends Row>(rows: readonly R[]): Batch<R>[] {
  const batches: Batch<R>[] = [];
  const byOffset = [...rows].sort((a, b) => a.inputs[0].logits.byteOffset - b.inputs[0].logits.byteOffset);
  for (const row of byOffset) {
    const joined = batches.some(({ first, members }) => {
      const place = placeBehind(first, row);
      const last = members.at(-1)?.place ?? 0;
      if (place === null || place <= last || place > last + 1 + mostBetween || place >= mostRows) return false;
      members.push({ row, place });
      return true;
    });
    if (!joined) batches.push({ first: row, members: [{ row, place: 0 }] });
  }
  return batches;
}

/** How many rows `row` lies behind `first`, in each of its inputs; `null` where that is not a number. */
function placeBehind(first: Row, row: Row): number | null {
  const places = row.inputs.map(({ logits }, index) => {
    const from = first.inputs[index]?.logits;
    if (from?.buffer !== logits.buffer) return null;
    return (logits.byteOffset - from.byteOffset) / logits.byteLength;
  });
  const [place = null] = places;
  return Number.isInteger(place) && places.every((other) => other === place) ? place : null;
}
