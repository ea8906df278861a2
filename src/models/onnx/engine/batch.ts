import { blocked } from '../../attention-masks.js';
import { maskOf, type QueryMask } from '../../calls/mask.js';
import type { NetworkPass } from '../network/network.js';

/** Key places of a row come in multiples of this, so that padding shifts no turn of a vector loop. */
export const keyUnit = 16;
/** Matrix libraries take another way, with other rounding, for a single row. */
export const leastRows = 2;

/** A call in a row of a pass. */
export interface SeatedCall extends QueryMask {
  readonly row: number;
  /** How many of the row's cached positions it builds on. */
  readonly stored: number;
  readonly tokens: readonly number[];
  /** How many of the leading tokens leave their keys and values. */
  readonly keep: number;
  readonly positions: readonly number[];
}

/** Where a call is in a pass. */
export interface Seat {
  /** The first of its tokens among the kept ones. */
  readonly kept: number;
  /** Its first row of logits. */
  readonly answer: number;
}

/** A pass but for its past and what is made of its answers, and where each of its calls is, in order. */
export interface Batch {
  readonly pass: Omit<NetworkPass, 'past' | 'logits' | 'reduction'>;
  readonly seats: readonly Seat[];
}

/** Gives room for so many numbers, whatever is in it; the last one given is not used any more. */
export type Scratch = (length: number) => Float32Array;

interface Placed extends Seat {
  readonly call: SeatedCall;
  /** Its first packed token, and its first query and key places in its row. */
  readonly token: number;
  readonly query: number;
  readonly key: number;
}

/**
 * Packs the tokens of calls, several to a row where they build on one text, into one pass of `rows` rows with
 * `capacity` cached positions. The bias keeps the calls apart and hides what a call has no part in.
 */
export function batchCalls(
  calls: readonly SeatedCall[],
  { rows, capacity }: { readonly rows: number; readonly capacity: number },
  scratch: Scratch = (length) => new Float32Array(length),
): Batch {
  const queries = Math.max(leastRows, ...totals(calls, (tokens) => tokens));
  const keys = Math.max(...totals(calls, aligned));
  const placed = place(calls);
  const tokens = calls.flatMap((call) => call.tokens);
  const positions = calls.flatMap((call) => call.positions);
  const places = placed.flatMap(({ call, query }) => call.tokens.map((_, i) => call.row * queries + query + i));
  const answers = placed.flatMap(({ call, token }) =>
    Array.from({ length: call.answers }, (_, i) => token + call.tokens.length - call.answers + i),
  );
  // A single token or answer is there twice.
  while (tokens.length < leastRows) {
    tokens.push(tokens[0] ?? 0);
    positions.push(positions[0] ?? 0);
    places.push((places[0] ?? 0) + 1);
  }
  while (answers.length < leastRows) answers.push(answers[0] ?? 0);
  const queryTokens = new Int32Array(rows * queries);
  const keyTokens = new Int32Array(rows * keys);
  // Padding repeats a token of its row: one of another row could bring in that row's NaN.
  for (const { call, token } of placed.toReversed()) {
    queryTokens.fill(token, call.row * queries, (call.row + 1) * queries);
    keyTokens.fill(token, call.row * keys, (call.row + 1) * keys);
  }
  for (const { call, token, query, key } of placed) {
    for (let i = 0; i < call.tokens.length; i += 1) {
      queryTokens[call.row * queries + query + i] = token + i;
      keyTokens[call.row * keys + key + i] = token + i;
    }
  }
  const bias = biasOf(placed, { rows, queries, keys, capacity }, scratch);
  const pass = {
    rows,
    queries,
    keys,
    capacity,
    tokens: Int32Array.from(tokens),
    positions: Int32Array.from(positions),
    queryTokens,
    keyTokens,
    places: Int32Array.from(places),
    bias,
    kept: Int32Array.from(placed.flatMap(({ call, token }) => Array.from({ length: call.keep }, (_, i) => token + i))),
    answers: Int32Array.from(answers),
  };
  return { pass, seats: placed.map(({ kept, answer }) => ({ kept, answer })) };
}

const aligned = (tokens: number): number => Math.ceil(tokens / keyUnit) * keyUnit;

/** For each row with calls the sum of their sizes. */
function totals(
  calls: readonly Pick<SeatedCall, 'row' | 'tokens'>[],
  sizeOf: (tokens: number) => number,
): Iterable<number> {
  const sums = new Map<number, number>();
  for (const { row, tokens } of calls) sums.set(row, (sums.get(row) ?? 0) + sizeOf(tokens.length));
  return sums.values();
}

function place(calls: readonly SeatedCall[]): Placed[] {
  const ends = new Map<number, { readonly query: number; readonly key: number }>();
  let [token, answer, kept] = [0, 0, 0];
  return calls.map((call) => {
    const start = ends.get(call.row) ?? { query: 0, key: 0 };
    const size = call.tokens.length;
    const placed = { call, token, answer, kept, ...start };
    ends.set(call.row, { query: start.query + size, key: start.key + aligned(size) });
    token += size;
    answer += call.answers;
    kept += call.keep;
    return placed;
  });
}

type PassShape = Readonly<Record<'rows' | 'queries' | 'keys' | 'capacity', number>>;

/** [rows, queries, capacity + keys]; padding sees everything, since a query that sees nothing would be NaN. */
function biasOf(
  placed: readonly Placed[],
  { rows, queries, keys, capacity }: PassShape,
  scratch: Scratch,
): Float32Array {
  const width = capacity + keys;
  const bias = scratch(rows * queries * width);
  bias.fill(0);
  for (const { call, query, key } of placed) {
    const size = call.tokens.length;
    const mask = maskOf(call);
    for (let i = 0; i < size; i += 1) {
      const start = (call.row * queries + query + i) * width;
      const own = start + capacity + key;
      bias.fill(blocked, start + call.stored, own);
      bias.fill(blocked, own + size, start + width);
      if (mask !== null) bias.set(mask.subarray(i * size, (i + 1) * size), own);
    }
  }
  return bias;
}
