/**
 * The raw output of the network at the positions of one block, and what turns it into p(x_0 | x_t).
 */
export interface RawPrediction {
  /** [positions, V], row-major. */
  readonly logits: Float32Array;
  readonly vocabularySize: number;
  /** Divides the logits; 0 puts all the mass on the most probable token. */
  readonly temperature: number;
  /** A token that is never predicted; `null` for uniform noise. */
  readonly maskId: number | null;
  /** For each position the token that is known to stand there, or `null`. */
  readonly revealed: readonly (number | null)[];
}

/** A distribution over the vocabulary at each of some positions, in double precision, row-major [positions, V]. */
export interface Distribution {
  readonly positions: number;
  readonly vocabularySize: number;
  /** -Infinity where impossible. */
  readonly logProbabilities: Float64Array;
  readonly probabilities: Float64Array;
}

/**
 * p(x_0 | x_t): softmax of the logits over the temperature, without the mask id; a revealed position keeps its
 * token with certainty (MDLM, arXiv 2406.07524, the SUBS parameterisation; for uniform noise a plain softmax).
 */
export function cleanPrediction(raw: RawPrediction): Distribution {
  const { logits, vocabularySize, temperature, maskId, revealed } = raw;
  const logProbabilities = new Float64Array(revealed.length * vocabularySize);
  const probabilities = new Float64Array(revealed.length * vocabularySize);
  revealed.forEach((token, position) => {
    const start = position * vocabularySize;
    const logs = rowOf(logProbabilities, position, vocabularySize);
    const row = rowOf(probabilities, position, vocabularySize);
    logs.set(logits.subarray(start, start + vocabularySize));
    if (maskId !== null) logs[maskId] = -Infinity;
    if (token !== null) certain(logs, row, token);
    else if (temperature === 0) certain(logs, row, argmax(logs));
    else softmax(logs, row, temperature);
  });
  return { positions: revealed.length, vocabularySize, logProbabilities, probabilities };
}

/** Index of the largest entry, the lowest among equals. */
export function argmax(row: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < row.length; i += 1) {
    if ((row[i] ?? -Infinity) > (row[best] ?? -Infinity)) best = i;
  }
  return best;
}

/** All the mass on one token; `probabilities` come as zeros. */
export function certain(logs: Float64Array, probabilities: Float64Array, token: number): void {
  logs.fill(-Infinity);
  logs[token] = 0;
  probabilities[token] = 1;
}

/** Turns logits in `logs` into log-probabilities, and fills `probabilities`; one exponential an entry. */
export function softmax(logs: Float64Array, probabilities: Float64Array, temperature: number): void {
  let largest = -Infinity;
  for (const value of logs) largest = Math.max(largest, value);
  let sum = 0;
  for (let i = 0; i < logs.length; i += 1) {
    const value = ((logs[i] ?? 0) - largest) / temperature;
    const exponential = Math.exp(value);
    logs[i] = value;
    probabilities[i] = exponential;
    sum += exponential;
  }
  const logSum = Math.log(sum);
  for (let i = 0; i < logs.length; i += 1) {
    logs[i] = (logs[i] ?? 0) - logSum;
    probabilities[i] = (probabilities[i] ?? 0) / sum;
  }
}

/** The part of `values` [positions, V] that belongs to one position. */
export const rowOf = (values: Float64Array, position: number, vocabularySize: number): Float64Array =>
  values.subarray(position * vocabularySize, (position + 1) * vocabularySize);

/** Applies `measure` to each position's probabilities and log-probabilities. */
export function atEachPosition<T>(
  { positions, vocabularySize, probabilities, logProbabilities }: Distribution,
  measure: (probabilities: Float64Array, logProbabilities: Float64Array, position: number) => T,
): T[] {
  return Array.from({ length: positions }, (_, position) =>
    measure(
      rowOf(probabilities, position, vocabularySize),
      rowOf(logProbabilities, position, vocabularySize),
      position,
    ),
  );
}

/** -sum p log p in nats, with 0 log 0 = 0. */
export function entropyOf(probabilities: Float64Array, logProbabilities: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < probabilities.length; i += 1) {
    const p = probabilities[i] ?? 0;
    if (p > 0) sum -= p * (logProbabilities[i] ?? 0);
  }
  return sum;
}
