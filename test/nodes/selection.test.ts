import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Block } from '../../src/graph/values.js';
import { openPositions, remask, selectWorst } from '../../src/nodes/index.js';
import { absorbingManifest, nodeContext, uniformManifest } from '../support/context.js';

const manifests = fc.constantFrom(absorbingManifest, uniformManifest);
const context = nodeContext(absorbingManifest);

const cells = fc.array(
  fc.record({ token: fc.nat(3), fixed: fc.boolean(), chosen: fc.boolean(), score: fc.integer({ min: -3, max: 3 }) }),
  { minLength: 1, maxLength: 9 },
);
type Cells = typeof cells extends fc.Arbitrary<infer T> ? T : never;
const blockOf = (all: Cells): Block => ({
  start: 0,
  size: all.length,
  tokens: all.map(({ token }) => token),
  fixed: all.map(({ fixed }) => fixed),
});
const indices = (positions: readonly boolean[]): number[] => positions.flatMap((yes, i) => (yes ? [i] : []));

describe('open-positions', () => {
  it('gives what is not fixed', () => {
    const block: Block = { start: 3, size: 4, tokens: [0, 1, 2], fixed: [true, false, true] };
    expect(openPositions.step({ inputs: { block }, params: {}, context }).positions).toEqual([false, true, false]);
  });
});

describe('select-worst', () => {
  it('takes so many of the highest scores among the positions, the first among equals', () => {
    fc.assert(
      fc.property(cells, fc.nat(10), (all, count) => {
        const scores = all.map(({ score }) => score);
        const among = all.map(({ chosen }) => chosen);
        const { positions } = selectWorst.step({ inputs: { scores, among, count }, params: {}, context });
        expect(positions).toHaveLength(all.length);
        const taken = indices(positions);
        const left = indices(among).filter((i) => !taken.includes(i));
        expect(taken).toHaveLength(Math.min(count, indices(among).length));
        for (const i of taken) {
          expect(among[i]).toBe(true);
          for (const j of left) {
            const [mine = 0, other = 0] = [scores[i], scores[j]];
            expect(mine > other || (mine === other && i < j)).toBe(true);
          }
        }
      }),
    );
  });
});

describe('remask', () => {
  it('renoises the chosen positions, never a fixed one, and tells viewers which', () => {
    fc.assert(
      fc.property(cells, manifests, (all, manifest) => {
        const block = blockOf(all);
        const positions = all.map(({ chosen }) => chosen);
        const firing = { inputs: { block, positions }, params: {}, context: nodeContext(manifest) };
        const outputs = remask.step(firing);
        const renoised = all.map(({ chosen, fixed }) => chosen && !fixed);
        block.tokens.forEach((token, i) => {
          if (renoised[i] !== true) expect(outputs.block.tokens[i]).toBe(token);
          else if (manifest.maskId !== null) expect(outputs.block.tokens[i]).toBe(manifest.maskId);
        });
        expect({ ...outputs.block, tokens: block.tokens }).toEqual(block);
        expect(remask.observe?.({ ...firing, outputs, answer: undefined })).toEqual({
          type: 'remasked',
          start: 0,
          tokens: outputs.block.tokens,
          positions: indices(renoised),
        });
      }),
    );
  });

  it('renoises uniformly under uniform noise', () => {
    const block: Block = { start: 0, size: 4, tokens: [0, 0, 0, 0], fixed: [true, false, false, false] };
    const counts = new Array<number>(5).fill(0);
    for (let seed = 0; seed < 5000; seed++) {
      const { tokens } = remask.step({
        inputs: { block, positions: [true, true, true, false] },
        params: {},
        context: nodeContext(uniformManifest, seed),
      }).block;
      expect([tokens[0], tokens[3]]).toEqual([0, 0]);
      for (const i of [1, 2]) counts[tokens[i] ?? 0] = (counts[tokens[i] ?? 0] ?? 0) + 1;
    }
    // Chi-square with 4 degrees of freedom; 23.5 is passed by chance once in 10^4, and the seeds are fixed.
    expect(counts.reduce((sum, n) => sum + (n - 2000) ** 2 / 2000, 0)).toBeLessThan(23.5);
  });
});
