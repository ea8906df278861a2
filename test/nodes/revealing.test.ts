import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Block } from '../../src/graph/values.js';
import { draw, jumpTime, remask, reveal } from '../../src/nodes/index.js';
import { absorbingManifest, nodeContext, uniformManifest } from '../support/context.js';
import { lumpyDenoiser } from '../support/table-denoiser.js';

const manifests = fc.constantFrom(absorbingManifest, uniformManifest);
const context = nodeContext(absorbingManifest);

const cells = fc.array(fc.record({ token: fc.nat(3), drafted: fc.nat(3), fixed: fc.boolean(), chosen: fc.boolean() }), {
  minLength: 1,
  maxLength: 9,
});
type Cells = typeof cells extends fc.Arbitrary<infer T> ? T : never;
const blockOf = (all: Cells): Block => ({
  start: 2,
  size: all.length,
  tokens: all.map(({ token }) => token),
  fixed: all.map(({ fixed }) => fixed),
});
const indices = (positions: readonly boolean[]): number[] => positions.flatMap((held, i) => (held ? [i] : []));

describe('draw', () => {
  /** A prediction that nobody asks: `draw` is given the answer. */
  const prediction = async () => {
    const denoiser = lumpyDenoiser(absorbingManifest);
    const block: Block = { start: 0, size: 1, tokens: [4], fixed: [false] };
    const [reply] = await denoiser.forward([{ call: 'denoise', cache: denoiser.openCache(), block, temperature: 1 }]);
    if (reply?.ok !== true) throw new Error('no reply');
    return reply.value.prediction;
  };

  it('writes the drawn tokens at the chosen positions alone, and says how sure each is', async () => {
    const inputs = {
      prediction: await prediction(),
      block: { start: 2, size: 4, tokens: [4, 1, 4, 2], fixed: [false, false, false, true] },
      among: [true, true, false, true],
    };
    const firing = { inputs, params: {}, context: nodeContext(absorbingManifest) };
    const answer = { tokens: [0, 3, 3, 3], probabilities: [0.1, 0.2, 0.3, 0.4] };
    const question = draw.ask(firing);
    expect(question).toMatchObject({ ask: 'sample', prediction: inputs.prediction });
    expect(question.uniforms).toHaveLength(4);
    const outputs = draw.complete({ ...firing, answer });
    expect(outputs.block).toEqual({ ...inputs.block, tokens: [0, 3, 4, 2] });
    expect(draw.observe?.({ ...firing, outputs, answer })).toEqual({
      type: 'step',
      start: 2,
      tokens: [0, 3, 4, 2],
      confidence: [0.1, 0.2, null, 1],
    });
  });
});

describe('reveal', () => {
  it('takes the draft at the chosen positions, and tells viewers what it takes back', () => {
    fc.assert(
      fc.property(cells, (all) => {
        const block = blockOf(all);
        const draft = { ...block, tokens: all.map(({ token, drafted, fixed }) => (fixed ? token : drafted)) };
        const positions = all.map(({ chosen }) => chosen);
        const firing = { inputs: { block, draft, positions }, params: {}, context };
        const outputs = reveal.step(firing);
        const expected = all.map(({ token, drafted, fixed, chosen }) => (chosen && !fixed ? drafted : token));
        expect(outputs.block).toEqual({ ...block, tokens: expected });
        const back = indices(all.map((_, i) => draft.tokens[i] !== expected[i]));
        expect(reveal.observe?.({ ...firing, outputs, answer: undefined })).toEqual(
          back.length === 0 ? undefined : { type: 'remasked', start: 2, tokens: expected, positions: back },
        );
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
          start: 2,
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

describe('jump-time', () => {
  const jump = (time: number, open: readonly boolean[], seed: number) =>
    jumpTime.step({ inputs: { time, open }, params: {}, context: nodeContext(absorbingManifest, seed) });

  it.each([1, 2, 5])('is the largest of %i uniform times: P(t <= x) = x^n', (masked) => {
    const open = Array.from({ length: 6 }, (_, i) => i < masked);
    const count = 20_000;
    const times = Array.from({ length: count }, (_, seed) => jump(0.8, open, seed).time / 0.8).sort((a, b) => a - b);
    // Kolmogorov and Smirnov: sqrt(n) D above 2.3 comes by chance once in 20,000; the seeds are fixed.
    const distance = Math.max(...times.map((x, i) => Math.abs(x ** masked - (i + 0.5) / count)));
    expect(Math.sqrt(count) * distance).toBeLessThan(2.3);
  });

  it('gives the noise level of the jump, and stays where nothing is masked', () => {
    const { time, level } = jump(0.4, [true, false, true, true], 3);
    expect(time).toBeGreaterThan(0);
    expect(time).toBeLessThan(0.4);
    expect(level).toEqual({ alphaT: 0.6, alphaS: 1 - time, step: 1, steps: 4, last: false });
    expect(jump(0.5, [false, false], 3).time).toBe(0.5);
  });

  it('objects to uniform noise, which reveals nothing', () => {
    expect(jumpTime.objections?.({}, absorbingManifest)).toEqual([]);
    expect(jumpTime.objections?.({}, uniformManifest)).toMatchObject([{ severity: 'error' }]);
  });
});
