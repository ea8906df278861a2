import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evenRows, randomRows } from '../../src/training/corpus.js';
import { corrupt } from '../../src/training/corruption.js';
import { drawBlockSizes } from '../../src/training/mixture.js';
import { randomStream, stratified } from '../../src/training/random.js';

const mixture = [
  { blockSize: 1, weight: 0.35 },
  { blockSize: 2, weight: 0.1 },
  { blockSize: 16, weight: 0.55 },
];

describe('mixture of block sizes', () => {
  it('gives each block size its share', () => {
    const counts = new Map<number, number>();
    const steps = 4000;
    for (let step = 0; step < steps; step++) {
      for (const size of drawBlockSizes(mixture, 2, randomStream(1, 'mixture', step))) {
        counts.set(size, (counts.get(size) ?? 0) + 1);
      }
    }
    // Four standard deviations of unstratified draws: a false alarm in fewer than 1 of 5,000 seeds.
    for (const { blockSize, weight } of mixture) {
      const deviation = Math.sqrt((weight * (1 - weight)) / (2 * steps));
      expect(Math.abs((counts.get(blockSize) ?? 0) / (2 * steps) - weight)).toBeLessThan(4 * deviation);
    }
  });

  it('is stratified over the slots of a step: counts differ from the shares by less than one', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.nat(), (slots, step) => {
        const drawn = drawBlockSizes(mixture, slots, randomStream(9, 'mixture', step));
        return mixture.every(
          ({ blockSize, weight }) =>
            Math.abs(drawn.filter((size) => size === blockSize).length - weight * slots) < 1 + 1e-9,
        );
      }),
    );
  });
});

describe('randomness', () => {
  it('depends on seed, purpose and step, and on nothing else', () => {
    const first = (seed: number, purpose: 'rows' | 'noise', step: number) =>
      randomStream(seed, purpose, step).uniform();
    expect(first(1, 'rows', 0)).toBe(first(1, 'rows', 0));
    const all = [
      first(1, 'rows', 0),
      first(2, 'rows', 0),
      first(1, 'noise', 0),
      first(1, 'rows', 1),
      first(1 + 2 ** 32, 'rows', 0),
    ];
    expect(new Set(all).size).toBe(all.length);
  });

  it('stratified points fall one in each stratum', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100 }), fc.nat(), (count, step) => {
        const points = stratified(randomStream(3, 'noise', step), count);
        expect([...points].map((point) => Math.floor(point * count + 1e-9)).sort((a, b) => a - b)).toEqual([
          ...points.keys(),
        ]);
      }),
    );
  });

  it('normals have mean 0 and variance 1', () => {
    const random = randomStream(4, 'weights', 0);
    const draws = Array.from({ length: 20_000 }, () => random.normal());
    const mean = draws.reduce((sum, x) => sum + x, 0) / draws.length;
    const variance = draws.reduce((sum, x) => sum + x * x, 0) / draws.length;
    expect(Math.abs(mean)).toBeLessThan(0.03);
    expect(Math.abs(variance - 1)).toBeLessThan(0.05);
  });
});

describe('rows', () => {
  const tokens = Int32Array.from({ length: 103 }, (_, i) => i);
  it('random rows are windows of the text that reach its start and its end', () => {
    const rows = randomRows(tokens, 3000, 10, randomStream(1, 'rows', 0));
    const starts = new Set<number>();
    for (let row = 0; row < 3000; row++) {
      const window = rows.subarray(row * 10, row * 10 + 10);
      starts.add(window[0] ?? NaN);
      expect([...window]).toEqual([...window.keys()].map((i) => (window[0] ?? NaN) + i));
    }
    expect([Math.min(...starts), Math.max(...starts)]).toEqual([0, 93]);
  });
  it('even rows cover the text once where there is room for all', () => {
    expect([...evenRows(tokens, Infinity, 10)]).toEqual([...tokens.subarray(0, 100)]);
    expect([...evenRows(tokens, 2, 10)].filter((_, i) => i % 10 === 0)).toEqual([0, 50]);
  });
});

describe('corruption', () => {
  const clean = Int32Array.from({ length: 64 }, (_, i) => i % 7);
  it('block size 1 is pure noise with weight 1', () => {
    const masked = corrupt({ process: 'absorbing', characters: 7 }, clean, 1, randomStream(1, 'noise', 0));
    expect(new Set(masked.tokens)).toEqual(new Set([7]));
    const scrambled = corrupt({ process: 'uniform', characters: 7 }, clean, 1, randomStream(1, 'noise', 0));
    expect(new Set(scrambled.tokens)).toEqual(new Set([0, 1, 2, 3, 4, 5, 6]));
    for (const one of [masked, scrambled]) {
      if (one.loss !== 'cross-entropy') throw new Error('expected cross-entropy');
      expect(new Set(one.weights)).toEqual(new Set([1]));
    }
  });

  it('masked blocks weigh n in all and keep what is not masked', () => {
    fc.assert(
      fc.property(fc.constantFrom(2, 4, 8, 16), fc.nat(), (blockSize, step) => {
        const one = corrupt({ process: 'absorbing', characters: 7 }, clean, blockSize, randomStream(1, 'noise', step));
        if (one.loss !== 'cross-entropy') throw new Error('expected cross-entropy');
        for (let at = 0; at < clean.length; at += blockSize) {
          const weight = one.weights.subarray(at, at + blockSize).reduce((sum, w) => sum + w, 0);
          expect(weight).toBeCloseTo(blockSize, 4);
        }
        for (const [i, token] of one.tokens.entries()) {
          expect(token).toBe((one.weights[i] ?? 0) > 0 ? 7 : clean[i]);
        }
      }),
    );
  });

  it('uniform noise draws every time alike', () => {
    const one = corrupt({ process: 'uniform', characters: 7 }, new Int32Array(80_000), 8, randomStream(2, 'noise', 0));
    if (one.loss !== 'uniform-elbo') throw new Error('expected the uniform ELBO');
    // alpha(t) = 1 - t up to a thousandth; the strata make the shares exact up to one block.
    for (const share of [0.2, 0.5, 0.9]) {
      expect(one.alpha.filter((alpha) => alpha > 1 - share).length / one.alpha.length).toBeCloseTo(share, 2);
    }
  });

  it('uniform noise keeps a token as often as alpha and the chance of drawing it again say', () => {
    let [kept, expected] = [0, 0];
    const runs = 400;
    for (let step = 0; step < runs; step++) {
      const one = corrupt({ process: 'uniform', characters: 7 }, clean, 8, randomStream(2, 'noise', step));
      if (one.loss !== 'uniform-elbo') throw new Error('expected the uniform ELBO');
      for (const [i, alpha] of one.alpha.entries()) {
        kept += one.tokens[i] === clean[i] ? 1 : 0;
        expected += alpha + (1 - alpha) / 7;
        expect(alpha).toBe(one.alpha[i - (i % 8)]);
      }
    }
    // 25,600 draws of deviation at most 1/2: four standard deviations.
    expect(Math.abs(kept - expected)).toBeLessThan(4 * 0.5 * Math.sqrt(runs * clean.length));
  });
});
