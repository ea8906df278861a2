import { describe, expect, it } from 'vitest';
import { enumerateRows } from '../../../src/testing/oracle.js';
import { lumpyDenoiser } from '../../support/table-denoiser.js';
import { absorbing, agrees, exact, type Choose } from './confidence.js';

const anyOne: Choose = ({ open }) => open.map((i) => [i]);

describe('first-hitting', () => {
  it.each([
    { blockSize: 1, length: 2 },
    { blockSize: 3, length: 3 },
    { blockSize: 2, length: 3 },
    { blockSize: 3, length: 3, temperature: 0.5 },
    { blockSize: 4, length: 4, given: [null, 1, null, 0] },
  ])('writes in every order as likely, one forward a token: %o', async (shape) => {
    await agrees('first-hitting', absorbing, {}, anyOne, shape);
  });

  it('is what ancestral sampling comes to with ever more steps', () => {
    const { vocabularySize: vocabulary, maskId } = absorbing;
    const { tiny: model } = lumpyDenoiser(absorbing);
    const limit = exact(absorbing, anyOne, { blockSize: 3, length: 3 });
    const distance = (steps: number): number => {
      const ancestral = enumerateRows({ vocabulary, maskId, model, eps: 0, steps, blockSize: 3, length: 3 });
      return [...limit].reduce(
        (sum, [key, p]) => sum + Math.abs(p - (ancestral.get(key.split(' / ')[0] ?? '') ?? 0)),
        0,
      );
    };
    expect(distance(4)).toBeGreaterThan(0.01);
    expect(distance(400)).toBeLessThan(distance(4) / 50);
  });
});
