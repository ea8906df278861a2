import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ModelCall } from '../../../src/graph/effects.js';
import type { ModelManifest } from '../../../src/graph/manifest.js';
import { timeForwards } from '../../../src/models/auto/time-forwards.js';
import { typicalSize, typicalText } from '../../../src/models/auto/typical-call.js';
import { checkCall } from '../../../src/models/calls/check.js';
import { NullDenoiser } from '../../support/null-denoiser.js';

const manifest: ModelManifest = {
  name: 'nothing',
  vocabularySize: 11,
  process: 'absorbing',
  maskId: 10,
  length: 256,
  causality: 'token-causal',
  predicts: 'block',
  blockSizes: null,
  bosId: null,
  eosId: null,
};

/** A model on which each forward takes what `costs` says, the last one again and again; and the clock that shows it. */
class SlowDenoiser extends NullDenoiser {
  readonly calls: ModelCall[] = [];
  readonly costs: readonly number[];
  clock = 0;
  /** What a question takes. */
  asking = 0;

  constructor(costs: readonly number[], of: ModelManifest = manifest) {
    super(of);
    this.costs = costs;
  }

  override forward(calls: readonly ModelCall[]) {
    for (const call of calls) {
      // What a call is refused for.
      checkCall(call, { tokens: call.cache.tokens, cached: call.cache.cached, grid: null }, this.manifest);
      this.clock += this.costs[Math.min(this.calls.length, this.costs.length - 1)] ?? 0;
      this.calls.push(call);
    }
    return super.forward(calls);
  }

  override answer: NullDenoiser['answer'] = (questions) => {
    this.clock += this.asking;
    return super.answer(questions);
  };
}

const timed = (denoiser: SlowDenoiser) => timeForwards(denoiser, () => denoiser.clock);

describe('timeForwards', () => {
  it('is the median behind the first two, draws included, and leaves nothing behind', async () => {
    const denoiser = new SlowDenoiser([5000, 200, 90, 200, 90]);
    denoiser.asking = 10;
    expect(await timed(denoiser)).toBe(100);
    expect(denoiser.live).toBe(0);
    // 100, 210 and 100 behind the two are over 400.
    expect(denoiser.calls).toHaveLength(5);
    expect(await timed(new SlowDenoiser([5000, 200, 100, 300]))).toBe(200);
  });

  it('times a slow device once, and warms a fast one up for a while', async () => {
    const slow = new SlowDenoiser([9000, 2000]);
    expect(await timed(slow)).toBe(2000);
    expect(slow.calls).toHaveLength(3);
    const fast = new SlowDenoiser([1]);
    expect(await timed(fast)).toBe(1);
    expect(fast.calls).toHaveLength(150 + 50);
  });

  it('leaves nothing behind where a forward or a draw fails', async () => {
    class Failing extends SlowDenoiser {
      override forward(calls: readonly ModelCall[]) {
        return this.calls.length < 3
          ? super.forward(calls)
          : Promise.resolve([{ ok: false, error: new Error('no memory') } as const]);
      }
    }
    const failing = new Failing([1]);
    await expect(timed(failing)).rejects.toThrow('no memory');
    expect(failing.live).toBe(0);
    const mute = new SlowDenoiser([1]);
    mute.answer = () => Promise.reject(new Error('no answer'));
    await expect(timed(mute)).rejects.toThrow('no answer');
    expect(mute.live).toBe(0);
  });
});

it('a typical call fits every model', async () => {
  const manifests = fc
    .record({
      vocabularySize: fc.integer({ min: 2, max: 300 }),
      length: fc.integer({ min: 2, max: 300 }),
      uniform: fc.boolean(),
      kind: fc.constantFrom(
        { causality: 'token-causal', predicts: 'block' } as const,
        { causality: 'block-causal', predicts: 'block' } as const,
        { causality: 'bidirectional', predicts: 'block' } as const,
        { causality: 'token-causal', predicts: 'next-token' } as const,
      ),
    })
    .map(({ uniform, kind, ...sizes }): ModelManifest => ({
      ...manifest,
      ...sizes,
      ...kind,
      process: uniform ? 'uniform' : 'absorbing',
      maskId: uniform ? null : sizes.vocabularySize - 1,
    }));
  await fc.assert(
    fc.asyncProperty(manifests, async (model) => {
      const denoiser = new SlowDenoiser([500], model);
      await timed(denoiser);
      const [call] = denoiser.calls;
      const { positions, context } = typicalSize(model);
      expect(call?.cache.tokens).toEqual(typicalText(model));
      expect(call?.cache.tokens).toHaveLength(context);
      expect(call?.call === 'denoise' && call.block.tokens).toHaveLength(positions);
      if (model.causality === 'block-causal') expect(context % positions).toBe(0);
      if (model.causality === 'bidirectional') expect(context).toBe(0);
    }),
    { numRuns: 60 },
  );
});

it('is about a block of 16 behind 64 tokens', () => {
  expect(typicalSize(manifest)).toEqual({ positions: 16, context: 64 });
  expect(typicalSize({ ...manifest, length: 40 })).toEqual({ positions: 16, context: 16 });
  expect(typicalSize({ ...manifest, predicts: 'next-token' })).toEqual({ positions: 1, context: 64 });
  expect(typicalSize({ ...manifest, causality: 'bidirectional' })).toEqual({ positions: 128, context: 0 });
});
