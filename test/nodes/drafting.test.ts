import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { leastLogProbability } from '../../src/graph/effects.js';
import type { Block, Canvas } from '../../src/graph/values.js';
import { acceptCount, agreeCount, canvasBlock, extendBlock, lower, meanScore, splice } from '../../src/nodes/index.js';
import { chiSquareDeviate } from '../support/chi-square.js';
import { absorbingManifest, nodeContext, uniformManifest } from '../support/context.js';

const context = nodeContext(absorbingManifest);
const blockOf = (tokens: readonly number[], fixed = tokens.map(() => false), start = 2): Block => ({
  start,
  size: 8,
  tokens,
  fixed,
});
const canvasOf = (tokens: readonly number[], more: Partial<Canvas> = {}): Canvas => ({
  tokens,
  length: 8,
  promptLength: 0,
  ended: false,
  ...more,
});

const token = fc.nat(3);
const tokens = fc.array(token, { minLength: 1, maxLength: 6 });

describe('accept-count', () => {
  const accept = (block: Block, target: readonly number[], proposal: readonly number[], seed: number) =>
    acceptCount.step({
      inputs: { block, target, proposal },
      params: {},
      context: nodeContext(absorbingManifest, seed),
    });
  const drafts = fc.array(
    fc.record({
      fixed: fc.boolean(),
      p: fc.double({ min: 0, max: 1, noNaN: true }),
      q: fc.double({ min: 1e-6, max: 1, noNaN: true }),
    }),
    { minLength: 1, maxLength: 9 },
  );

  it('stops at the first position whose uniform is not below p / q; fixed ones pass', () => {
    fc.assert(
      fc.property(drafts, fc.nat(1e6), (positions, seed) => {
        const block = blockOf(
          positions.map(() => 1),
          positions.map(({ fixed }) => fixed),
        );
        const nll = (p: number): number => Math.min(-leastLogProbability, -Math.log(p));
        const { count, next } = accept(
          block,
          positions.map(({ p }) => nll(p)),
          positions.map(({ q }) => nll(q)),
          seed,
        );
        const uniforms = nodeContext(absorbingManifest, seed).uniforms(positions.length);
        const passes = ({ fixed, p, q }: (typeof positions)[number], i: number): boolean =>
          fixed || (uniforms[i] ?? 0) * q < p * (1 - 1e-12);
        for (let i = 0; i < count; i++) {
          const at = positions[i];
          if (at !== undefined) expect(at.fixed || (uniforms[i] ?? 0) * at.q < at.p * (1 + 1e-12)).toBe(true);
        }
        const refused = positions[count];
        if (refused !== undefined) expect(passes(refused, count)).toBe(false);
        expect(next).toEqual([...positions.map((_, i) => i === count), count === positions.length]);
      }),
    );
  });

  it('passes what is as probable as it was, and refuses what is impossible', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 30, noNaN: true }), { minLength: 1 }), fc.nat(1e6), (nll, seed) => {
        const block = blockOf(nll.map(() => 0));
        expect(accept(block, nll, nll, seed).count).toBe(nll.length);
        expect(accept(block, [-leastLogProbability, ...nll.slice(1)], nll, seed).count).toBe(0);
      }),
    );
  });

  it('refuses what is impossible under p even where the uniform is 0', () => {
    const zeros = { ...context, uniforms: (count: number) => new Array<number>(count).fill(0) };
    const passing = (target: number): number =>
      acceptCount.step({
        inputs: { block: blockOf([0]), target: [target], proposal: [3] },
        params: {},
        context: zeros,
      }).count;
    expect([passing(744), passing(-leastLogProbability)]).toEqual([1, 0]);
  });

  it('passes a token with probability min(1, p / q)', () => {
    const nll = (probabilities: readonly number[]) => probabilities.map((p) => -Math.log(p));
    const counts = new Map<string, number>();
    for (let seed = 0; seed < 20000; seed++) {
      const { count } = accept(blockOf([0, 1, 2]), nll([0.8, 0.5, 0.25]), nll([0.4, 1, 0.5]), seed);
      counts.set(String(count), (counts.get(String(count)) ?? 0) + 1);
    }
    // The first always, the others with 1/2 each.
    const expected = new Map([
      ['1', 0.5],
      ['2', 0.25],
      ['3', 0.25],
    ]);
    expect(chiSquareDeviate(counts, expected).deviate).toBeLessThan(4.75);
  });

  it('refuses a draft without scores', () => {
    expect(() => accept(blockOf([1, 2]), [0.1], [0.1, 0.2], 1)).toThrow('position 1 of the draft has no score');
  });
});

describe('agree-count', () => {
  const agree = (a: readonly number[], b: readonly number[]): number =>
    agreeCount.step({ inputs: { block: blockOf(a), other: blockOf(b) }, params: {}, context }).count;

  it('is the length of the longest common prefix', () => {
    fc.assert(
      fc.property(tokens, tokens, (a, b) => {
        const count = agree(a, b);
        expect(a.slice(0, count)).toEqual(b.slice(0, count));
        if (count < Math.min(a.length, b.length)) expect(a[count]).not.toBe(b[count]);
        expect(agree(b, a)).toBe(count);
        expect(agree(a, [...a, ...b])).toBe(a.length);
      }),
    );
  });

  it('refuses blocks of different places', () => {
    const inputs = { block: blockOf([1]), other: blockOf([1], [false], 3) };
    expect(() => agreeCount.step({ inputs, params: {}, context })).toThrow('different positions of the row, 2 and 3');
  });
});

describe('splice', () => {
  const join = (head: Block, tail: Block, count: number): Block =>
    splice.step({ inputs: { head, tail, count }, params: {}, context }).block;

  it('takes the first of one block and the next of the other, with what is fixed in each', () => {
    fc.assert(
      fc.property(tokens, tokens, fc.nat(6), (a, b, most) => {
        const count = Math.min(most, a.length);
        const joined = join(
          blockOf(a),
          blockOf(
            b,
            b.map(() => true),
          ),
          count,
        );
        expect(joined.tokens.slice(0, count)).toEqual(a.slice(0, count));
        expect(joined.tokens.slice(count)).toEqual(b.slice(count, count + 1));
        expect(joined.fixed).toEqual(joined.tokens.map((_, i) => i >= count));
        expect(joined).toMatchObject({ start: 2, size: 8 });
      }),
    );
  });

  it.each([-1, 3, 0.5])('refuses a count of %d of two tokens', (count) => {
    expect(() => join(blockOf([1, 2]), blockOf([1, 2, 3]), count)).toThrow(
      `count must be an integer from 0 to 2, not ${String(count)}`,
    );
  });

  it('refuses blocks of different places', () => {
    expect(() => join(blockOf([1]), blockOf([1], [false], 3), 1)).toThrow('different positions of the row, 2 and 3');
  });
});

describe('extend-block', () => {
  const extend = (block: Block, canvas: Canvas, manifest = absorbingManifest): Block =>
    extendBlock.step({ inputs: { block, canvas }, params: {}, context: nodeContext(manifest, 3) }).block;

  it('puts a position of noise behind the block', () => {
    expect(extend(blockOf([1, 2], [true, false]), canvasOf([0, 0]))).toEqual({
      ...blockOf([1, 2, 4], [true, false, false]),
    });
    const { tokens: noisy } = extend(blockOf([1, 2]), canvasOf([0, 0]), uniformManifest);
    expect(noisy).toHaveLength(3);
    expect(noisy[2]).toBeLessThan(uniformManifest.vocabularySize);
  });

  it('or what is given there', () => {
    const template = [null, null, null, null, 3];
    expect(extend(blockOf([1, 2]), canvasOf([0, 0], { template }))).toEqual(blockOf([1, 2, 3], [false, false, true]));
  });

  it('and nothing where the row ends', () => {
    const block = blockOf([1, 2]);
    expect(extend(block, canvasOf([0, 0], { length: 4 }))).toEqual(block);
  });
});

describe('canvas-block', () => {
  it('is what was written behind the prompt, given tokens fixed', () => {
    const canvas = canvasOf([3, 1, 2, 0], { promptLength: 1, template: [3, null, 2] });
    expect(canvasBlock.step({ inputs: { canvas }, params: {}, context })).toEqual({
      block: { start: 1, size: 3, tokens: [1, 2, 0], fixed: [false, true, false] },
    });
  });
});

describe('mean-score', () => {
  const mean = (scores: readonly number[], among: readonly boolean[]): number =>
    meanScore.step({ inputs: { scores, among }, params: {}, context }).mean;

  it('is the mean of the chosen positions, 0 of none', () => {
    expect(mean([1, 100, 4], [true, false, true])).toBe(2.5);
    expect(mean([1, 2], [false, false])).toBe(0);
    expect(() => mean([1], [true, true])).toThrow('a position has no score');
  });
});

describe('lower', () => {
  it('is strict', () => {
    const isLower = (a: number, b: number): boolean => lower.step({ inputs: { a, b }, params: {}, context }).lower;
    expect([isLower(1, 2), isLower(2, 2), isLower(3, 2)]).toEqual([true, false, false]);
  });
});
