import { describe, expect, it } from 'vitest';
import { arScoreMask, blocked, cleanMask, denoiseMask, trainingMask } from '../../src/models/attention-masks.js';

/** One line a query, `x` where it may attend. */
const draw = (mask: Float32Array) => {
  const size = Math.sqrt(mask.length);
  return Array.from({ length: size }, (_, query) =>
    Array.from(mask.subarray(query * size, (query + 1) * size), (value) => (value === 0 ? 'x' : '.')).join(''),
  );
};

describe('attention masks', () => {
  it('block what they block for good, without infinities', () => {
    expect(new Set(cleanMask(2, 'token'))).toEqual(new Set([0, blocked]));
    expect(Math.fround(Math.exp(blocked + 1e6))).toBe(0);
  });

  it('let a noisy block see the clean tokens and itself', () => {
    expect(draw(denoiseMask(3, 2, 'token'))).toEqual(['x....', 'xx...', 'xxx..', 'xxxxx', 'xxxxx']);
    expect(draw(denoiseMask(3, 2, { block: 2 }))).toEqual(['xx...', 'xx...', 'xxx..', 'xxxxx', 'xxxxx']);
  });

  it('let a probe see the draft before its position and itself', () => {
    expect(draw(arScoreMask(1, 2, 'token'))).toEqual(['x....', 'xx...', 'xxx..', 'x..x.', 'xx..x']);
  });

  it('let a training block see itself and the clean blocks before it', () => {
    expect(draw(trainingMask(4, 2, 'token'))).toEqual([
      'x.......',
      'xx......',
      'xxx.....',
      'xxxx....',
      '....xx..',
      '....xx..',
      'xx....xx',
      'xx....xx',
    ]);
    expect(draw(trainingMask(2, 1, { block: 1 }))).toEqual(draw(trainingMask(2, 1, 'token')));
    expect(draw(trainingMask(4, 4, { block: 4 })).slice(0, 4)).toEqual(Array(4).fill('xxxx....'));
  });
});
