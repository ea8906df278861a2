import fc from 'fast-check';
import { lastValueFrom, take } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { ModelCall } from '../../src/graph/effects.js';
import type { RunEvent } from '../../src/runtime/events.js';
import { run } from '../../src/runtime/run.js';
import { absorbingManifest } from '../support/context.js';
import { pipeline, pipelineNames } from '../support/pipelines.js';
import { small } from '../support/small.js';
import { lumpyDenoiser } from '../support/table-denoiser.js';
import { turns } from '../support/turns.js';

const length = 12;
const manifest = { ...absorbingManifest, length, blockSizes: null };

describe('handles', () => {
  it('are all released after 200 runs of every pipeline', async () => {
    const denoiser = lumpyDenoiser(manifest);
    const model = { denoiser, tokenizer: null };
    for (let i = 0; i < 200; i++) {
      const name = pipelineNames[i % pipelineNames.length] ?? 'arpc';
      const last = await lastValueFrom(
        run(pipeline(name), { model, seed: i, rows: 1 + (i % 3), ...small(name, length) }),
      );
      expect(last.type).toBe('finished');
      expect(denoiser.live).toBe(0);
    }
  });

  it('live no longer than they are read', async () => {
    const denoiser = lumpyDenoiser(manifest);
    let most = 0;
    denoiser.beforePass = () => {
      most = Math.max(most, denoiser.live);
    };
    await lastValueFrom(run(pipeline('arpc'), { model: { denoiser, tokenizer: null }, ...small('arpc', length) }));
    // The run's first cache, the one before the block, this step's, and the prediction that was drafted from.
    expect(most).toBeLessThanOrEqual(4);
  });

  it('are all released after failures, wherever they happen, and nobody else fails', async () => {
    let failures = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...pipelineNames),
        fc.nat(30),
        fc.constantFrom('one', 'all', 'throw', 'throw at one'),
        async (name, at, how) => {
          const denoiser = lumpyDenoiser(manifest);
          const model = { denoiser, tokenizer: null };
          let batches = 0;
          // The rows of the first run that fail for good, from one pass on.
          const failing = (call: ModelCall): boolean =>
            batches > at && (how === 'all' || how === 'throw' || call.cache.tokens[0] === 1);
          denoiser.beforePass = (calls) => {
            batches++;
            if ((how === 'throw' || how === 'throw at one') && calls.some(failing))
              throw new Error('the device is gone');
          };
          denoiser.faultOf = (call) =>
            (how === 'all' || how === 'one') && failing(call) ? new Error('logits are not finite') : null;
          const prompts = [[1], [2], [3]];
          const [last, other] = await Promise.all([
            lastValueFrom(run(pipeline(name), { model, ...small(name, length), prompts })),
            lastValueFrom(run(pipeline('ar'), { model, prompts: [[2]], length: 12 })),
          ]);
          expect(denoiser.live).toBe(0);
          if (how === 'one' || how === 'throw at one') expect(other.type).toBe('finished');
          // Short runs may be over before the pass that fails.
          if (batches <= at) expect([last.type, other.type]).toEqual(['finished', 'finished']);
          else if (how === 'all' || how === 'throw') expect([last.type, other.type]).toContain('failed');
          failures += Number(last.type === 'failed');
          if (last.type === 'failed') expect(last.failure.node).not.toBe('');
        },
      ),
      { numRuns: 60 },
    );
    expect(failures).toBeGreaterThan(10);
  });

  it('are all released after cancelling at any moment, and the runs beside it finish', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...pipelineNames), fc.nat(40), fc.nat(60), async (name, wait, events) => {
        const denoiser = lumpyDenoiser(manifest);
        const model = { denoiser, tokenizer: null };
        const beside = lastValueFrom(run(pipeline('arpc'), { model, ...small('arpc', length), seed: 2 }));
        // `take` cancels from inside an event, the wait below from outside: whichever comes first.
        const subscription = run(pipeline(name), { model, ...small(name, length), rows: 3 })
          .pipe(take(events + 1))
          .subscribe();
        await turns(wait);
        subscription.unsubscribe();
        expect(await beside).toMatchObject({ type: 'finished' });
        await turns(4);
        expect(denoiser.live).toBe(0);
      }),
      { numRuns: 60 },
    );
  });

  it('are released when a signal cancels, which tells so', async () => {
    const denoiser = lumpyDenoiser(manifest);
    const controller = new AbortController();
    const events: RunEvent[] = [];
    const done = new Promise<void>((resolve) => {
      run(pipeline('arpc'), { model: { denoiser, tokenizer: null }, signal: controller.signal }).subscribe({
        next: (event) => {
          events.push(event);
          if (event.type === 'step') controller.abort();
        },
        complete: resolve,
      });
    });
    await done;
    expect(events.at(-1)).toMatchObject({ type: 'cancelled', seq: events.length - 1 });
    await turns(4);
    expect(denoiser.live).toBe(0);
    const before = await lastValueFrom(
      run(pipeline('arpc'), { model: { denoiser, tokenizer: null }, signal: AbortSignal.abort() }),
    );
    expect(before.type).toBe('cancelled');
    expect(denoiser.live).toBe(0);
  });
});
