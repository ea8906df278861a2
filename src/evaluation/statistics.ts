/** Mean, with the standard error of it; `null` where there are too few to tell. */
export interface Estimate {
  readonly mean: number;
  readonly standardError: number | null;
}

export const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** `null` of nothing. */
export const mean = (values: readonly number[]): number | null =>
  values.length === 0 ? null : sum(values) / values.length;

/** `null` of nothing; the mean of the two in the middle of an even number. */
export function median(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return mean(sorted.slice(Math.ceil(middle) - 1, Math.floor(middle) + 1));
}

/**
 * Mean over all tokens of rows of different lengths, and its standard error over rows: that of a ratio of means,
 * sqrt(sum (t_i - R n_i)^2 / (k (k - 1))) / (mean of n_i), for k rows with totals t_i over n_i tokens. For rows of equal
 * lengths it is the usual one. `null` where there is no token.
 */
export function meanOverTokens(rows: readonly { readonly total: number; readonly count: number }[]): Estimate | null {
  const tokens = sum(rows.map(({ count }) => count));
  if (tokens === 0) return null;
  const ratio = sum(rows.map(({ total }) => total)) / tokens;
  const squares = sum(rows.map(({ total, count }) => (total - ratio * count) ** 2));
  const standardError =
    rows.length < 2 ? null : Math.sqrt(squares / (rows.length * (rows.length - 1))) / (tokens / rows.length);
  return { mean: ratio, standardError };
}

/** Entropy in nats of how often each token occurs; `null` of an empty text. At most log(tokens.length). */
export function unigramEntropy(tokens: readonly number[]): number | null {
  if (tokens.length === 0) return null;
  const counts = new Map<number, number>();
  for (const token of tokens) counts.set(token, (counts.get(token) ?? 0) + 1);
  // Not -sum: a text of one token repeated has the entropy 0, not -0.
  return sum([...counts.values()].map((count) => (count / tokens.length) * Math.log(tokens.length / count)));
}

/** Share of pairs of neighbouring tokens that are different from all pairs before them; `null` of less than two tokens. */
export function distinctPairs(tokens: readonly number[]): number | null {
  const pairs = tokens.slice(1).map((token, i) => `${String(tokens[i])} ${String(token)}`);
  return pairs.length === 0 ? null : new Set(pairs).size / pairs.length;
}
