import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nodeKey, seedKey, uniforms } from '../../src/runtime/random.js';

const key = nodeKey(seedKey(7), 'blocks/steps/step');

describe('uniforms', () => {
  it('are the same for the same address, however they are cut', () => {
    const whole = uniforms(key, 3, [1, 2], 0, 32);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 7 }), fc.integer({ min: 1, max: 16 }), (group, count) => {
        const piece = uniforms(key, 3, [1, 2], 4 * group, count);
        expect(piece.slice(0, 32 - 4 * group)).toEqual(whole.slice(4 * group, 4 * group + count));
      }),
    );
  });

  it('differ in every part of the address', () => {
    const addresses = [
      uniforms(key, 0, [0, 0], 0, 4),
      uniforms(key, 1, [0, 0], 0, 4),
      uniforms(key, 0, [1, 0], 0, 4),
      uniforms(key, 0, [0, 1], 0, 4),
      uniforms(key, 0, [0, 0], 4, 4),
      uniforms(key, 0, [1, 0, 0], 0, 4),
      uniforms(key, 0, [2, 0, 0], 0, 4),
      uniforms(nodeKey(seedKey(8), 'blocks/steps/step'), 0, [0, 0], 0, 4),
      uniforms(nodeKey(seedKey(7 + 2 ** 32), 'blocks/steps/step'), 0, [0, 0], 0, 4),
      uniforms(nodeKey(seedKey(7), 'blocks/steps/stop'), 0, [0, 0], 0, 4),
      uniforms(nodeKey(seedKey(7), 'blocks/steps/ste'), 0, [0, 0], 0, 4),
    ];
    expect(new Set(addresses.map((drawn) => drawn.join())).size).toBe(addresses.length);
  });

  it('are in [0, 1) and evenly spread', () => {
    const cells = new Array<number>(64).fill(0);
    for (let row = 0; row < 1000; row++) {
      for (const u of uniforms(key, row, [row % 7], 0, 64)) {
        expect(u).toBeGreaterThanOrEqual(0);
        expect(u).toBeLessThan(1);
        const cell = Math.floor(u * 64);
        cells[cell] = (cells[cell] ?? 0) + 1;
      }
    }
    // Chi-square with 63 degrees of freedom; 131 is passed by chance once in 10^6, and the addresses are fixed.
    expect(cells.reduce((sum, n) => sum + (n - 1000) ** 2 / 1000, 0)).toBeLessThan(131);
  });
});
