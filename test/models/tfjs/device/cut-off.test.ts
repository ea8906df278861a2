import { expect, it } from 'vitest';
import { bitsAtOnce } from '../../../../src/models/tfjs/device/cut-off.js';

/** What every WebGPU device takes in one piece. */
const piece = 128 * 2 ** 20;

it('limits are compared with all scores at once as long as any device takes the comparison in one piece', () => {
  const found = [1, 2_000_000, 2_400_000, 4_400_000, 11_000_000, 12_000_000, 30_000_000].map((scores) => {
    const bits = bitsAtOnce(scores);
    if (bits > 1) expect(4 * scores * (2 ** bits - 1)).toBeLessThanOrEqual(piece);
    return bits;
  });
  expect(found).toEqual([4, 4, 2, 2, 2, 1, 1]);
});
