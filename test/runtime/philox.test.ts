import { describe, expect, it } from 'vitest';
import { philox } from '../../src/runtime/philox.js';

const run = (counter: readonly [number, number, number, number], key: readonly [number, number]): string[] => {
  const out = new Uint32Array(4);
  philox(...counter, ...key, out, 0);
  return [...out].map((word) => word.toString(16).padStart(8, '0'));
};

/** The known answers that the generator's authors publish with it (Random123, kat_vectors). */
describe('philox4x32-10', () => {
  it('gives the known answers', () => {
    expect(run([0, 0, 0, 0], [0, 0])).toEqual(['6627e8d5', 'e169c58d', 'bc57ac4c', '9b00dbd8']);
    expect(run([0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff], [0xffffffff, 0xffffffff])).toEqual([
      '408f276d',
      '41c83b0e',
      'a20bc7c6',
      '6d5451fd',
    ]);
    expect(run([0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], [0xa4093822, 0x299f31d0])).toEqual([
      'd16cfe09',
      '94fdcceb',
      '5001e420',
      '24126ea1',
    ]);
  });
});
