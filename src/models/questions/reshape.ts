import { match } from 'ts-pattern';
import type { Shape } from '../../graph/values.js';
import { argmax, certain, rowOf, softmax, type Distribution } from './distribution.js';
import { cutOff } from './cut-off.js';

/** The distribution at every position reshaped; the same object where that changes nothing. */
export function reshape(from: Distribution, shape: Shape): Distribution {
  return match(shape)
    .with({ shape: 'temperature' }, ({ value }) => (value === 1 ? from : tempered(from, value)))
    .with({ shape: 'top-k' }, ({ count }) => (count >= from.vocabularySize ? from : topK(from, count)))
    .with({ shape: 'nucleus' }, ({ mass }) => (mass >= 1 ? from : nucleus(from, mass)))
    .with({ shape: 'min-p' }, ({ ratio }) => (ratio <= 0 ? from : minP(from, ratio)))
    .exhaustive();
}

/**
 * max(0, p - q), normalised; p where that is zero everywhere and at positions that q does not have.
 * Throws an `Error` when the vocabularies differ.
 */
export function residual(p: Distribution, q: Distribution): Distribution {
  if (p.vocabularySize !== q.vocabularySize) {
    throw new Error(
      `a residual needs two predictions over one vocabulary, found ${p.vocabularySize} and ${q.vocabularySize} tokens`,
    );
  }
  return mapRows(p, (probabilities, logs, result, resultLogs, position) => {
    const others = position < q.positions ? rowOf(q.probabilities, position, q.vocabularySize) : undefined;
    let sum = 0;
    for (let v = 0; v < result.length; v += 1) {
      const difference = Math.max(0, (probabilities[v] ?? 0) - (others?.[v] ?? 0));
      result[v] = difference;
      sum += difference;
    }
    if (others === undefined || sum === 0) {
      result.set(probabilities);
      resultLogs.set(logs);
      return;
    }
    for (let v = 0; v < result.length; v += 1) {
      const share = (result[v] ?? 0) / sum;
      result[v] = share;
      resultLogs[v] = Math.log(share);
    }
  });
}

const tempered = (from: Distribution, temperature: number): Distribution =>
  mapRows(from, (_, logs, result, resultLogs) => {
    resultLogs.set(logs);
    if (temperature === 0) certain(resultLogs, result, argmax(resultLogs));
    else softmax(resultLogs, result, temperature);
  });

const topK = (from: Distribution, count: number): Distribution =>
  mapRows(from, (probabilities, logs, result, resultLogs) => {
    const { value, above } = cutOff(probabilities, count, () => 1);
    let atCut = count - above;
    keep(probabilities, logs, result, resultLogs, (p) => p > value || (p === value && atCut-- > 0));
  });

const nucleus = (from: Distribution, mass: number): Distribution =>
  mapRows(from, (probabilities, logs, result, resultLogs) => {
    // A mass of 0 is reached by any token: the first one alone is kept.
    const target = Math.max(mass, Number.MIN_VALUE);
    const { value, above } = cutOff(probabilities, target, (p) => p);
    let missing = target - above;
    keep(probabilities, logs, result, resultLogs, (p) => {
      if (p !== value || missing <= 0) return p > value;
      missing -= p;
      return true;
    });
  });

const minP = (from: Distribution, ratio: number): Distribution =>
  mapRows(from, (probabilities, logs, result, resultLogs) => {
    const least = ratio * (probabilities[argmax(probabilities)] ?? 0);
    keep(probabilities, logs, result, resultLogs, (p) => p >= least);
  });

/** Copies and normalises what is kept; the rest becomes impossible. Asks once for each token, in the order of ids. */
function keep(
  probabilities: Float64Array,
  logs: Float64Array,
  result: Float64Array,
  resultLogs: Float64Array,
  isKept: (probability: number) => boolean,
): void {
  let sum = 0;
  for (let v = 0; v < probabilities.length; v += 1) {
    const p = probabilities[v] ?? 0;
    if (p <= 0 || !isKept(p)) continue;
    result[v] = p;
    sum += p;
  }
  const logSum = Math.log(sum);
  for (let v = 0; v < probabilities.length; v += 1) {
    const p = result[v] ?? 0;
    result[v] = p / sum;
    resultLogs[v] = p > 0 ? (logs[v] ?? 0) - logSum : -Infinity;
  }
}

/** A distribution of the same shape, each position's row filled from the old one's; it starts as zeros. */
function mapRows(
  { positions, vocabularySize, probabilities, logProbabilities }: Distribution,
  fill: (
    probabilities: Float64Array,
    logs: Float64Array,
    result: Float64Array,
    resultLogs: Float64Array,
    position: number,
  ) => void,
): Distribution {
  const result: Distribution = {
    positions,
    vocabularySize,
    probabilities: new Float64Array(probabilities.length),
    logProbabilities: new Float64Array(logProbabilities.length),
  };
  for (let position = 0; position < positions; position += 1) {
    const row = (values: Float64Array): Float64Array => rowOf(values, position, vocabularySize);
    fill(row(probabilities), row(logProbabilities), row(result.probabilities), row(result.logProbabilities), position);
  }
  return result;
}
