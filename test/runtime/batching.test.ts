import fc from 'fast-check';
import { lastValueFrom, tap, type Subscription } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { ModelCall } from '../../src/graph/effects.js';
import type { RunEvent } from '../../src/runtime/events.js';
import type { RunRequest } from '../../src/runtime/request.js';
import { run } from '../../src/runtime/run.js';
import { schedulerOf } from '../../src/runtime/scheduler.js';
import { absorbingManifest, uniformManifest } from '../support/context.js';
import { check, pipeline } from '../support/pipelines.js';
import { namesOn, small } from '../support/small.js';
import { lumpyDenoiser, type TableDenoiser } from '../support/table-denoiser.js';
import { turns } from '../support/turns.js';

const length = 12;
const wide = { ...absorbingManifest, length, vocabularySize: 20, maskId: 19, blockSizes: null };

/** Which rows were in each pass, told apart by the first token of their prompt. */
function watched(denoiser: TableDenoiser): readonly (readonly number[])[] {
  const passes: number[][] = [];
  denoiser.beforePass = (calls) => passes.push(calls.map((call) => call.cache.tokens[0] ?? -1).sort());
  return passes;
}

const blockOf = (call: ModelCall): number => (call.call === 'denoise' ? call.block : call.draft).tokens.length;

describe('runs on one model', () => {
  it('share forwards whatever their pipelines and block sizes are', async () => {
    const denoiser = lumpyDenoiser(wide);
    const model = { denoiser, tokenizer: null };
    const passes: string[] = [];
    denoiser.beforePass = (calls) => passes.push(calls.map((call) => `${call.call} ${String(blockOf(call))}`).join());
    await Promise.all([
      lastValueFrom(run(pipeline('ar'), { model, prompt: [1], length: 3 })),
      lastValueFrom(run(pipeline('arpc'), { model, prompt: [2], length: 5, params: { steps: 2, blockSize: 4 } })),
      lastValueFrom(run(pipeline('block-ancestral'), { model, length: 3, params: { steps: 1, blockSize: 3 } })),
    ]);
    expect(passes).toEqual(['denoise 1,denoise 4,denoise 3', 'denoise 1,ar-score 4', 'denoise 4']);
  });

  it('join at the next forward, also those that come while one is under way', async () => {
    const denoiser = lumpyDenoiser(wide);
    const model = { denoiser, tokenizer: null };
    const passes = watched(denoiser);
    const runs: Promise<RunEvent>[] = [];
    const begin = (prompt: number, rows = 1): void => {
      const prompts = new Array<number[]>(rows).fill([prompt]);
      runs.push(lastValueFrom(run(pipeline('ar'), { model, prompts, length: 5 })));
    };
    const note = denoiser.beforePass;
    denoiser.beforePass = (calls) => {
      note(calls);
      if (passes.length === 2) begin(2, 2);
    };
    const first = run(pipeline('ar'), { model, prompt: [1], length: 5 }).pipe(
      tap((event) => {
        // Between forwards, from inside an event.
        if (event.type === 'committed' && event.start === 3) begin(3);
      }),
    );
    runs.push(lastValueFrom(first));
    await runs[0];
    expect(runs).toHaveLength(3);
    await Promise.all(runs);
    expect(passes).toEqual([[1], [1], [1, 2, 2], [1, 2, 2, 3], [2, 2, 3], [2, 2, 3], [3]]);
  });

  it('leave at once when they are cancelled, also while a forward is under way', async () => {
    const denoiser = lumpyDenoiser(wide);
    const model = { denoiser, tokenizer: null };
    const passes = watched(denoiser);
    const note = denoiser.beforePass;
    const controller = new AbortController();
    const cancelled: RunEvent[] = [];
    let toldAtOnce = false;
    denoiser.beforePass = (calls) => {
      note(calls);
      if (passes.length !== 2) return;
      controller.abort();
      toldAtOnce = cancelled.at(-1)?.type === 'cancelled';
    };
    run(pipeline('ar'), { model, prompts: [[1], [2]], length, signal: controller.signal }).subscribe((event) =>
      cancelled.push(event),
    );
    await lastValueFrom(run(pipeline('ar'), { model, prompt: [3], length: 6 }));
    expect(toldAtOnce).toBe(true);
    expect(passes).toEqual([[1, 2, 3], [1, 2, 3], [3], [3], [3]]);
    expect(denoiser.live).toBe(0);
  });

  it('do not go out with what they had ready when they were cancelled', async () => {
    const denoiser = lumpyDenoiser(wide);
    const model = { denoiser, tokenizer: null };
    const passes = watched(denoiser);
    let unwanted: Subscription | undefined;
    const asking = run(pipeline('ar'), { model, prompt: [1], length: 3 }).pipe(
      tap(({ type }) => {
        // It begins, has its first forward ready while the other run asks, and is cancelled before forwards go out.
        if (type === 'forward') unwanted ??= run(pipeline('ar'), { model, prompt: [2] }).subscribe();
        if (type === 'step') unwanted?.unsubscribe();
      }),
    );
    expect(await lastValueFrom(asking)).toMatchObject({ type: 'finished' });
    expect(unwanted?.closed).toBe(true);
    expect(passes).toEqual([[1], [1]]);
    expect(denoiser.live).toBe(0);
  });

  it('are not held up by one that asks questions without end', async () => {
    const denoiser = lumpyDenoiser(wide);
    const model = { denoiser, tokenizer: null };
    const endless = {
      format: 1,
      name: 'endless',
      inputs: { canvas: 'canvas', cache: 'cache' },
      nodes: {
        open: { kind: 'next-block', in: { canvas: 'input.canvas' }, params: { blockSize: 2 } },
        denoise: { kind: 'denoise-step', in: { cache: 'input.cache', block: 'open.block' } },
        l: {
          kind: 'loop',
          carry: { canvas: 'input.canvas' },
          max: 2 ** 50,
          body: { doubt: { kind: 'uncertainty', in: { prediction: 'denoise.prediction' } } },
          next: { canvas: 'l.canvas' },
        },
      },
      outputs: { canvas: 'l.canvas' },
    };
    const asking = run(check(endless), { model }).subscribe();
    const events: RunEvent[] = [];
    const beside = run(pipeline('arpc'), { model, ...small('arpc', length) }).pipe(tap((event) => events.push(event)));
    expect(await lastValueFrom(beside)).toMatchObject({ type: 'finished' });
    asking.unsubscribe();
    await turns(4);
    expect(schedulerOf(denoiser).load).toEqual({ rows: 0, bytes: 0, waiting: 0 });
    expect(denoiser.live).toBe(0);
  });

  it('are not held up by one whose events throw, or are read slowly', async () => {
    const denoiser = lumpyDenoiser(wide);
    const model = { denoiser, tokenizer: null };
    const request = { model, ...small('ar', length) };
    const slow = new Promise<number>((resolve) => {
      void (async () => {
        let read = 0;
        const queue: RunEvent[] = [];
        run(pipeline('ar'), request).subscribe((event) => queue.push(event));
        while (queue[read]?.type !== 'finished') {
          await turns(20);
          if (queue[read] !== undefined) read++;
        }
        resolve(read);
      })();
    });
    let throws = 0;
    const throwing = lastValueFrom(
      run(pipeline('ar'), request).pipe(
        tap(({ type }) => {
          if (type === 'forward') throw new Error(`thrown ${String(++throws)}`);
        }),
      ),
    );
    const beside = lastValueFrom(run(pipeline('ar'), request));
    await expect(throwing).rejects.toThrow('thrown 1');
    expect(await beside).toMatchObject({ type: 'finished' });
    expect(throws).toBe(1);
    expect(await slow).toBeGreaterThan(length);
    expect(denoiser.live).toBe(0);
  });
});

describe.each([wide, { ...uniformManifest, length, vocabularySize: 20, blockSizes: null }])(
  'on $process noise',
  (manifest) => {
    const names = namesOn(manifest);
    const requestOf = ({
      name,
      seed,
      rows,
    }: {
      name: string;
      seed: number;
      rows: number;
    }): Omit<RunRequest, 'model'> => ({
      ...small(name, length),
      seed,
      rows,
    });
    const planned = fc.record({
      name: fc.constantFrom(...names),
      seed: fc.nat(5),
      rows: fc.integer({ min: 1, max: 3 }),
      /** Turns of the event loop before it begins, and after how many it is cancelled, if it is not over by then. */
      begins: fc.nat(12),
      cancelled: fc.option(fc.nat(60), { freq: 1 }),
    });
    const limits = fc.record(
      { rows: fc.integer({ min: 1, max: 6 }), cacheBytes: fc.integer({ min: length, max: 5 * length }) },
      { requiredKeys: [] },
    );

    it('every run that is not cancelled gives what it gives alone, in any company and under any limits', async () => {
      const alone = new Map<string, Promise<RunEvent>>();
      const aloneOf = (request: { name: string; seed: number; rows: number }): Promise<RunEvent> => {
        const key = JSON.stringify([request.name, request.seed, request.rows]);
        const model = { denoiser: lumpyDenoiser(manifest), tokenizer: null };
        const known = alone.get(key) ?? lastValueFrom(run(pipeline(request.name), { model, ...requestOf(request) }));
        alone.set(key, known);
        return known;
      };
      let survived = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(planned, { minLength: 2, maxLength: 8 }), limits, async (plans, most) => {
          const denoiser = Object.assign(lumpyDenoiser(manifest), { limits: most, cacheBytes: (n: number) => n });
          const model = { denoiser, tokenizer: null };
          const ends = await Promise.all(
            plans.map(async (plan) => {
              await turns(plan.begins);
              let last: RunEvent | undefined;
              const running = run(pipeline(plan.name), { model, ...requestOf(plan) }).subscribe((event) => {
                last = event;
              });
              for (let turn = 0; turn !== plan.cancelled && !running.closed; turn++) await turns(1);
              running.unsubscribe();
              return last;
            }),
          );
          await turns(4);
          expect(denoiser.live).toBe(0);
          expect(schedulerOf(denoiser).load).toEqual({ rows: 0, bytes: 0, waiting: 0 });
          for (const [i, plan] of plans.entries()) {
            const last = ends[i];
            if (last?.type !== 'finished') {
              expect(plan.cancelled).not.toBeNull();
              continue;
            }
            const expected = await aloneOf(plan);
            expect(last.rows).toEqual(expected.type === 'finished' ? expected.rows : null);
            survived++;
          }
        }),
        { numRuns: 40 },
      );
      expect(survived).toBeGreaterThan(40);
    });
  },
);
