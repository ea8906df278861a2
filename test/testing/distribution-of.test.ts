import { describe, expect, it } from 'vitest';
import { chiSquareDeviate, distributionOf, enumerateRows, tinyModel } from '../../src/testing/index.js';
import { pipeline } from '../support/pipelines.js';

const model = tinyModel({ vocabularySize: 3, length: 2 });
const shape = { steps: 2, blockSize: 2 };
const exact = enumerateRows({ vocabulary: 3, maskId: 2, model: model.denoise, eps: 1e-3, length: 2, ...shape });

describe('distributionOf', () => {
  it('counts rows, as many as it is told, by what was generated', async () => {
    const counts = await distributionOf(pipeline('ar'), model, { rows: 30, seeds: 2, prompt: [1] });
    expect([...counts.values()].reduce((a, b) => a + b, 0)).toBe(60);
    expect([...counts.keys()].sort()).toEqual(['0', '1']);
  });

  it('tells the right sampler from a wrong one', async () => {
    const block = await distributionOf(pipeline('block-ancestral'), model, { params: shape });
    const other = await distributionOf(pipeline('diffusion-corrector'), model, {
      params: { ...shape, measure: 'margin' },
    });
    expect(chiSquareDeviate(block, exact).deviate).toBeLessThan(4.75);
    expect(chiSquareDeviate(other, exact).deviate).toBeGreaterThan(10);
  });

  it('says why a run failed', async () => {
    const failing = tinyModel({ vocabularySize: 3, length: 2 });
    failing.denoiser.faultOf = () => new Error('the device is gone');
    await expect(distributionOf(pipeline('ar'), failing)).rejects.toThrow('the device is gone');
  });
});

describe('chiSquareDeviate', () => {
  const rare = Array.from({ length: 300 }, (_, i) => [`rare ${String(i)}`, 1e-6] as const);
  const expected = new Map([
    ...Array.from({ length: 200 }, (_, i) => [`usual ${String(i)}`, (1 - 300e-6) / 200] as const),
    ...rare,
  ]);
  const usual = (count: number) => [...expected.keys()].slice(0, 200).map((key) => [key, count] as const);

  it('counts what is rare, however little of it is expected', () => {
    expect(chiSquareDeviate(new Map(usual(50)), expected).deviate).toBeLessThan(0);
    const often = new Map([...usual(50), ...rare.map(([key]) => [key, 1] as const)]);
    expect(chiSquareDeviate(often, expected).deviate).toBeGreaterThan(4.75);
  });

  it('finds nothing odd in what has to happen, and tells what cannot', () => {
    expect(chiSquareDeviate(new Map([['a', 9]]), new Map([['a', 1]])).deviate).toBe(0);
    expect(chiSquareDeviate(new Map([['b', 9]]), new Map([['a', 1]])).deviate).toBe(Infinity);
  });

  it('does not judge by too few', () => {
    const even = new Map(['a', 'b', 'c'].map((key) => [key, 1 / 3]));
    expect(() => chiSquareDeviate(new Map([['a', 4]]), even)).toThrow('4 counts are too few');
    expect(() => chiSquareDeviate(new Map(), even)).toThrow('0 counts are too few');
  });
});
