import type { GraphBuilder, Value } from '../graph/builder.js';
import type { NetworkSize } from './network.js';

/** Indices of head-sized pieces (numbers of `width` each), the same for every transformer block. */
export interface Places {
  /** [R, heads, Q] of the queries among the pieces [N * 2 heads] of packed queries and keys. */
  readonly queries: Value;
  /** [R, heads, K] of the keys among the same. */
  readonly keys: Value;
  /** [R, heads, K] of the values among the pieces [N * heads]. */
  readonly values: Value;
  /** [R, Q, C + K] as [R, 1, Q, C + K]. */
  readonly bias: Value;
  /** [heads, M] of the kept tokens' keys among the pieces of queries and keys, and of their values among those of values. */
  readonly kept: { readonly keys: Value; readonly values: Value };
  /** [2]: C and K. */
  readonly split: Value;
}

/** Inputs that say where tokens go; see `NetworkPass`. */
export interface PlaceInputs {
  readonly queryTokens: Value;
  readonly keyTokens: Value;
  readonly kept: Value;
  readonly bias: Value;
  /** [R, heads, C, width] of any block, for its C. */
  readonly past: Value;
}

/**
 * Packed tokens become rows, and rows packed tokens, by taking pieces of one head's width at indices: what a
 * transposition of heads would copy anyway, so that rows of unequal lengths cost nothing.
 */
export function writePlaces(g: GraphBuilder, inputs: PlaceInputs, { heads }: NetworkSize): Places {
  /** [..., heads, n] for tokens [..., n], whose heads are `pieces` apart from token to token and begin at `from`. */
  const perHead = (tokens: Value, pieces: number, from: number): Value => {
    const first = g.add('Mul', [g.cast(tokens, 'int64'), g.integers([pieces], [])]);
    const ofHead = Array.from({ length: heads }, (_, head) => from + head);
    return g.add('Add', [g.add('Unsqueeze', [first, g.integers([-2])]), g.integers(ofHead, [heads, 1])]);
  };
  const size = (of: Value, axis: bigint): Value => g.add('Shape', [of], { start: axis, end: axis + 1n });
  return {
    queries: perHead(inputs.queryTokens, 2 * heads, 0),
    keys: perHead(inputs.keyTokens, 2 * heads, heads),
    values: perHead(inputs.keyTokens, heads, 0),
    kept: { keys: perHead(inputs.kept, 2 * heads, heads), values: perHead(inputs.kept, heads, 0) },
    bias: g.add('Unsqueeze', [inputs.bias, g.integers([1])]),
    split: g.add('Concat', [size(inputs.past, 2n), size(inputs.keyTokens, 1n)], { axis: 0n }),
  };
}

/** The pieces [N, heads] of an attention's result [R, heads, Q, width] for packed tokens at query places [N]. */
export function writeReturn(g: GraphBuilder, places: Value, queryTokens: Value, { heads }: NetworkSize): Value {
  const wide = g.cast(places, 'int64');
  const queries = g.add('Shape', [queryTokens], { start: 1n, end: 2n });
  const row = g.add('Div', [wide, queries]);
  const first = g.add('Add', [g.add('Mul', [row, g.add('Mul', [queries, g.integers([heads - 1])])]), wide]);
  const steps = g.add('Mul', [
    queries,
    g.integers(
      Array.from({ length: heads }, (_, head) => head),
      [1, heads],
    ),
  ]);
  return g.add('Add', [g.add('Unsqueeze', [first, g.integers([1])]), steps]);
}

/** One block's packed queries and keys (turned, [N * 2 heads, width]) and values [N * heads, width]. */
export interface Pieces {
  readonly queriesAndKeys: Value;
  readonly values: Value;
}

export interface Attended {
  /** [R * heads * Q, width] */
  readonly result: Value;
  /** Keys and values of the kept tokens, [heads, M, width]. */
  readonly keys: Value;
  readonly values: Value;
}

/**
 * softmax(q k^T / sqrt(width) + bias) v over [cached | new] keys. The two parts stay apart but in the softmax, so that no
 * cached key is copied.
 */
export function writeAttention(
  g: GraphBuilder,
  pieces: Pieces,
  past: { readonly keys: Value; readonly values: Value },
  places: Places,
  { width }: NetworkSize,
): Attended {
  const queries = g.add('Gather', [pieces.queriesAndKeys, places.queries]);
  const keys = g.add('Gather', [pieces.queriesAndKeys, places.keys]);
  const values = g.add('Gather', [pieces.values, places.values]);
  const scores = (of: Value): Value =>
    g.add('FusedMatMul', [queries, of], { transB: 1n, alpha: 1 / Math.sqrt(width) }, 'com.microsoft');
  const all = g.add('Concat', [scores(past.keys), scores(keys)], { axis: 3n });
  const weights = g.add('Softmax', [g.add('Add', [all, places.bias])], { axis: -1n });
  const [cached = '', fresh = ''] = g.addMany('Split', [weights, places.split], 2, { axis: 3n });
  const result = g.add('Add', [g.add('MatMul', [cached, past.values]), g.add('MatMul', [fresh, values])]);
  return {
    result: g.add('Reshape', [result, g.integers([-1, width])]),
    keys: g.add('Gather', [pieces.queriesAndKeys, places.kept.keys]),
    values: g.add('Gather', [pieces.values, places.kept.values]),
  };
}
