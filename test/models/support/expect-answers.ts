import { expect } from 'vitest';
import type { Answers, Question } from '../../../src/graph/effects.js';
import { rowOf, type Distribution } from '../../../src/models/questions/distribution.js';
import { inverseCdf, mostProbable } from '../../../src/models/questions/sampling.js';

type Found = Answers[Question['ask']] | undefined;

/** Compares answers with the host's; numbers may differ by `rounding`, beside 1e-5 of what they are. */
export function expectations(rounding: number) {
  function expectNumbers(found: Found, expected: readonly number[]): void {
    expect(found).toHaveLength(expected.length);
    if (!Array.isArray(found)) throw new Error('not an answer of numbers');
    expected.forEach((value, position) => {
      const difference = Math.abs(Number(found[position]) - value);
      expect(difference, `${String(found[position])} for ${value}`).toBeLessThan(rounding + 1e-5 * Math.abs(value));
    });
  }

  /** Tokens drawn by `uniforms` from `weights` [positions, V], up to the rounding of a boundary, with p of each. */
  function expectDrawn(
    found: Found,
    { probabilities, positions, vocabularySize }: Distribution,
    weights: Float64Array,
    uniforms: readonly number[],
  ): void {
    if (found === undefined || !('tokens' in found)) throw new Error('not an answer of tokens');
    expect(found.tokens).toHaveLength(positions);
    found.tokens.forEach((token, position) => {
      const row = rowOf(weights, position, vocabularySize);
      const uniform = uniforms[position] ?? 0;
      const below = row.slice(0, token).reduce((a, b) => a + b, 0);
      const weight = row[token] ?? 0;
      expect(weight).toBeGreaterThan(0);
      if (token !== inverseCdf(row, uniform)) {
        expect(uniform).toBeGreaterThan(below - 1e-5);
        expect(uniform).toBeLessThan(below + weight + 1e-5);
      }
    });
    expectNumbers(
      found.probabilities,
      found.tokens.map((token, position) => rowOf(probabilities, position, vocabularySize)[token] ?? 0),
    );
  }

  function expectBest(found: Found, distribution: Distribution): void {
    const expected = mostProbable(distribution);
    if (found === undefined || !('tokens' in found)) throw new Error('not an answer of tokens');
    expect(found.tokens).toEqual(expected.tokens);
    expectNumbers(found.probabilities, expected.probabilities);
  }

  return { expectNumbers, expectDrawn, expectBest };
}
