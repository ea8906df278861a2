import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Block, Canvas } from '../../src/graph/values.js';
import {
  blockAdvance,
  canvasDone,
  eosStop,
  guideSchedule,
  nextBlock,
  noiseSchedule,
  randomScores,
} from '../../src/nodes/index.js';
import { absorbingManifest, nodeContext, uniformManifest } from '../support/context.js';

const canvasOf = (tokens: readonly number[], length = 12): Canvas => ({
  tokens,
  length,
  promptLength: 0,
  ended: false,
});

describe('next-block', () => {
  it('opens behind the canvas where clean tokens are token-causal', () => {
    const { block } = nextBlock.step({
      inputs: { canvas: canvasOf([1, 2, 3, 0, 1]) },
      params: { blockSize: 4 },
      context: nodeContext(absorbingManifest),
    });
    expect(block).toEqual({ start: 5, size: 4, tokens: [4, 4, 4, 4], fixed: [false, false, false, false] });
  });

  it('opens on the grid where they attend by blocks, with what is written fixed', () => {
    const { block } = nextBlock.step({
      inputs: { canvas: canvasOf([1, 2, 3, 0, 1]) },
      params: { blockSize: 4 },
      context: nodeContext({ ...absorbingManifest, causality: 'block-causal' }),
    });
    expect(block).toEqual({ start: 4, size: 4, tokens: [1, 4, 4, 4], fixed: [true, false, false, false] });
  });

  it('ends with the row, and takes all that is left without a block size', () => {
    const open = (blockSize?: number): Block =>
      nextBlock.step({
        inputs: { canvas: canvasOf([1, 2, 3], 5) },
        params: { blockSize },
        context: nodeContext(absorbingManifest),
      }).block;
    expect(open(4).tokens).toHaveLength(2);
    expect(open().tokens).toHaveLength(2);
    expect(
      nextBlock.step({
        inputs: { canvas: canvasOf([1, 2, 3], 5) },
        params: { blockSize: undefined },
        context: nodeContext({ ...absorbingManifest, causality: 'block-causal' }),
      }).block,
    ).toEqual({ start: 0, size: 5, tokens: [1, 2, 3, 4, 4], fixed: [true, true, true, false, false] });
  });

  it('fixes what the row is given, and leaves the noise of the rest as it was', () => {
    const open = (manifest: typeof absorbingManifest, template?: (number | null)[]): Block =>
      nextBlock.step({
        inputs: { canvas: { ...canvasOf([1, 2, 3], 8), ...(template === undefined ? {} : { template }) } },
        params: { blockSize: 4 },
        context: nodeContext(manifest),
      }).block;
    const template = [1, 2, 3, null, 0, null, 2, 1];
    expect(open(absorbingManifest, template)).toEqual({
      start: 3,
      size: 4,
      tokens: [4, 0, 4, 2],
      fixed: [false, true, false, true],
    });
    const onGrid = { ...absorbingManifest, causality: 'block-causal' as const };
    expect(open(onGrid, template)).toMatchObject({ start: 0, tokens: [1, 2, 3, 4], fixed: [true, true, true, false] });
    const free = open(uniformManifest);
    expect(open(uniformManifest, template).tokens).toEqual([free.tokens[0], 0, free.tokens[2], 2]);
  });

  it('refuses a full row, and warns of a block size that was not trained', () => {
    expect(() =>
      nextBlock.step({
        inputs: { canvas: canvasOf([1, 2], 2) },
        params: { blockSize: 1 },
        context: nodeContext(absorbingManifest),
      }),
    ).toThrow(/already has its 2 tokens/);
    expect(nextBlock.objections?.({ blockSize: 3 }, absorbingManifest)).toMatchObject([{ severity: 'warning' }]);
    expect(nextBlock.objections?.({ blockSize: 4 }, absorbingManifest)).toEqual([]);
    expect(nextBlock.objections?.({ blockSize: undefined }, absorbingManifest)).toMatchObject([
      { severity: 'warning' },
    ]);
    const unknown = { ...absorbingManifest, blockSizes: null };
    expect(nextBlock.objections?.({ blockSize: 3 }, unknown)).toEqual([]);
    const whole = { ...absorbingManifest, blockSizes: null, causality: 'bidirectional' as const };
    expect(nextBlock.objections?.({ blockSize: undefined }, whole)).toEqual([]);
    expect(nextBlock.objections?.({ blockSize: 4 }, whole)).toMatchObject([{ severity: 'warning' }]);
  });
});

describe('block-advance', () => {
  it('commits a block behind the text, and over the fixed part of it', () => {
    const block: Block = { start: 2, size: 3, tokens: [3, 1, 0], fixed: [true, false, false] };
    const firing = {
      inputs: { canvas: canvasOf([0, 1, 3], 5), block },
      params: {},
      context: nodeContext(absorbingManifest),
    };
    const outputs = blockAdvance.step(firing);
    expect(outputs).toEqual({ canvas: canvasOf([0, 1, 3, 1, 0], 5), done: true });
    expect(blockAdvance.observe?.({ ...firing, outputs, answer: undefined })).toEqual({
      type: 'committed',
      start: 3,
      tokens: [1, 0],
    });
  });

  it('takes given tokens right behind the block along, up to the next open position', () => {
    const block: Block = { start: 1, size: 2, tokens: [2, 0], fixed: [false, false] };
    const canvas = { ...canvasOf([1], 8), template: [1, null, null, 3, 3, null, 2] };
    const advance = (given: Canvas): { readonly canvas: Canvas; readonly done: boolean } =>
      blockAdvance.step({ inputs: { canvas: given, block }, params: {}, context: nodeContext(absorbingManifest) });
    expect(advance(canvas)).toEqual({ canvas: { ...canvas, tokens: [1, 2, 0, 3, 3] }, done: false });
    expect(advance({ ...canvas, length: 5, template: [1, null, null, 3, 3] }).done).toBe(true);
    expect(advance({ ...canvas, ended: true }).canvas.tokens).toEqual([1, 2, 0]);
  });

  it('refuses a block in which a given token is another one', () => {
    const block: Block = { start: 1, size: 2, tokens: [2, 0], fixed: [false, true] };
    const canvas = { ...canvasOf([1], 8), template: [1, null, 3] };
    expect(() =>
      blockAdvance.step({ inputs: { canvas, block }, params: {}, context: nodeContext(absorbingManifest) }),
    ).toThrow(/token given at position 2 of the row has become another one/);
  });

  it('refuses to commit masks', () => {
    const block: Block = { start: 0, size: 2, tokens: [4, 1], fixed: [false, false] };
    expect(() =>
      blockAdvance.step({
        inputs: { canvas: canvasOf([]), block },
        params: {},
        context: nodeContext(absorbingManifest),
      }),
    ).toThrow(/1 of the block's 2 positions are still masked/);
  });
});

describe('eos-stop and canvas-done', () => {
  const withEos = { ...absorbingManifest, eosId: 3 };
  const context = nodeContext(withEos);
  const blockOf = (tokens: readonly number[], fixed: readonly boolean[]): Block => ({
    start: 2,
    size: 4,
    tokens,
    fixed,
  });

  it('cuts a block behind the first end of sequence that the row was not given, and ends the row', () => {
    const canvas = canvasOf([3, 1, 3]);
    const block = blockOf([3, 3, 2, 3], [true, false, false, false]);
    expect(eosStop.step({ inputs: { canvas, block }, params: {}, context })).toEqual({
      canvas: { ...canvas, ended: true },
      block: { start: 2, size: 4, tokens: [3, 3], fixed: [true, false] },
      ended: true,
    });
  });

  it('ends a row at a token that a node fixed, and that nobody gave', () => {
    const block = blockOf([0, 3], [false, true]);
    expect(eosStop.step({ inputs: { canvas: canvasOf([1, 1]), block }, params: {}, context }).ended).toBe(true);
  });

  it('lets a block pass that has none, or a model that has none', () => {
    const canvas = canvasOf([3, 1]);
    const without = blockOf([0, 1], [false, false]);
    expect(eosStop.step({ inputs: { canvas, block: without }, params: {}, context })).toEqual({
      canvas,
      block: without,
      ended: false,
    });
    const block = blockOf([3, 3], [false, false]);
    const plain = { inputs: { canvas, block }, params: {}, context: nodeContext(absorbingManifest) };
    expect(eosStop.step(plain)).toEqual({ canvas, block, ended: false });
  });

  it('ends no row in front of a token that it was given', () => {
    const canvas = { ...canvasOf([0, 1]), template: [null, null, null, null, 2] };
    const block = blockOf([3, 1, 2, 3, 3], [false, false, true, false, false]);
    expect(eosStop.step({ inputs: { canvas, block }, params: {}, context })).toMatchObject({
      block: { tokens: [3, 1, 2, 3] },
      ended: true,
    });
    const later = { ...canvas, template: [...canvas.template, null, null, null, 1] };
    expect(eosStop.step({ inputs: { canvas: later, block }, params: {}, context })).toEqual({
      canvas: later,
      block,
      ended: false,
    });
  });

  it('tells a row that is full or has ended', () => {
    const done = (canvas: Canvas): boolean => canvasDone.step({ inputs: { canvas }, params: {}, context }).done;
    expect(done(canvasOf([1], 2))).toBe(false);
    expect(done(canvasOf([1], 1))).toBe(true);
    expect(done({ ...canvasOf([1], 2), ended: true })).toBe(true);
  });
});

describe('schedules', () => {
  it('go from eps to exactly 1 in the given steps, each step beginning where the last ended', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 64 }),
        fc.constantFrom('log-linear' as const, 'cosine' as const),
        (steps, schedule) => {
          const levels = Array.from(
            { length: steps },
            (_, index) =>
              noiseSchedule.step({
                inputs: { index },
                params: { steps, schedule, eps: 1e-3, start: 1, end: 0 },
                context: nodeContext(absorbingManifest),
              }).level,
          );
          expect(levels[0]?.alphaT).toBeCloseTo(1e-3, 12);
          levels.forEach((each, i) => {
            expect(each.alphaS).toBeGreaterThan(each.alphaT);
            expect(each.last).toBe(i === steps - 1);
            if (i > 0) expect(each.alphaT).toBe(levels[i - 1]?.alphaS);
          });
          expect(levels.at(-1)?.alphaS).toBe(1);
        },
      ),
    );
  });

  it('guides from warmup on, every so many, never the last', () => {
    const guided = (warmup: number, guideEvery: number, steps: number): number[] =>
      Array.from({ length: steps }, (_, step) => step).filter(
        (step) =>
          guideSchedule.step({
            inputs: { level: { alphaT: 0, alphaS: 0, step, steps, last: step === steps - 1 } },
            params: { warmup, guideEvery },
            context: nodeContext(absorbingManifest),
          }).guided,
      );
    expect(guided(0, 1, 4)).toEqual([0, 1, 2]);
    expect(guided(1, 2, 6)).toEqual([1, 3]);
    expect(guided(0, 3, 1)).toEqual([]);
  });
});

describe('random-scores', () => {
  it('gives each position a number of its own', () => {
    const block: Block = { start: 0, size: 6, tokens: [0, 0, 0, 0, 0, 0], fixed: [] };
    const { scores } = randomScores.step({ inputs: { block }, params: {}, context: nodeContext(absorbingManifest) });
    expect(new Set(scores).size).toBe(6);
  });
});
