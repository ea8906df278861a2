import fc from 'fast-check';
import { lastValueFrom, takeWhile, tap, toArray, type Observable } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/graph/input-error.js';
import type { Limits } from '../../src/models/denoiser.js';
import type { RunEvent } from '../../src/runtime/events.js';
import { initialRunState, reduceRun } from '../../src/runtime/run-state.js';
import { run } from '../../src/runtime/run.js';
import { schedulerOf, type Scheduler } from '../../src/runtime/scheduler.js';
import { absorbingManifest } from '../support/context.js';
import { check, pipeline } from '../support/pipelines.js';
import { lumpyDenoiser, type TableDenoiser } from '../support/table-denoiser.js';
import { turns } from '../support/turns.js';

const length = 12;
const manifest = { ...absorbingManifest, length, vocabularySize: 30, maskId: 29, blockSizes: null };
const ar = pipeline('ar');
const empty = { rows: 0, bytes: 0, waiting: 0 };

/** A model with limits, on which a row takes three bytes a token. */
const limited = (limits: Limits): TableDenoiser & { readonly limits: Limits } =>
  Object.assign(lumpyDenoiser(manifest), { limits, cacheBytes: (tokens: number) => tokens * 3 });

/** Which rows were in each pass, told apart by the first token of their prompt. */
function watched(denoiser: TableDenoiser): (readonly number[])[] {
  const passes: (readonly number[])[] = [];
  denoiser.beforePass = (calls) => {
    passes.push(calls.map((call) => call.cache.tokens[0] ?? -1));
  };
  return passes;
}

type Waiting = readonly [rows: number, ahead: number];
const waits = (events: readonly RunEvent[]): readonly Waiting[] =>
  events.flatMap((event): Waiting[] => (event.type === 'waiting' ? [[event.rows, event.ahead]] : []));

describe('rows past the limit', () => {
  it('are let in when one has left, one of each run in turn', async () => {
    const denoiser = limited({ rows: 2 });
    const model = { denoiser, tokenizer: null };
    const passes = watched(denoiser);
    const [first, second, third] = await Promise.all(
      [
        { prompt: [1], length: 4 },
        { prompts: [[2], [3], [4]], length: 3 },
        { prompt: [5], length: 3 },
      ].map((rows) => lastValueFrom(run(ar, { model, ...rows }).pipe(toArray()))),
    );
    expect(passes).toEqual([[1, 2], [1, 2], [1, 5], [5, 3], [3, 4], [4]]);
    expect(waits(first ?? [])).toEqual([]);
    expect(waits(second ?? [])).toEqual([
      [2, 0],
      [2, 1],
      [2, 0],
      [1, 0],
      [0, 0],
    ]);
    expect(waits(third ?? [])).toEqual([
      [1, 0],
      [0, 0],
    ]);
    expect(third?.map(({ seq }) => seq)).toEqual(third?.map((_, i) => i));
    expect(third?.[1]?.type).toBe('waiting');
    expect(schedulerOf(denoiser).load).toEqual(empty);
  });

  it('are not overtaken by those for which there would be room', async () => {
    const denoiser = limited({ cacheBytes: 30 });
    const model = { denoiser, tokenizer: null };
    const passes = watched(denoiser);
    const lengths = [6, 7, 3, 3];
    await Promise.all(lengths.map((each, i) => lastValueFrom(run(ar, { model, prompt: [i], length: each }))));
    // The second one needs 21 bytes of the 12 that the first leaves; the third would need 9.
    expect(passes.slice(0, 8)).toEqual([[0], [0], [0], [0], [0], [1, 2], [1, 2], [1, 3]]);
  });

  it('show in the state of the run', async () => {
    const model = { denoiser: limited({ rows: 1 }), tokenizer: null };
    const events = await lastValueFrom(run(ar, { model, rows: 2, length: 2 }).pipe(toArray()));
    const states = events.map((_, i) => events.slice(0, i + 1).reduce(reduceRun, initialRunState));
    const shown = states.map(({ status, waiting }) => ({ status, waiting }));
    expect(shown[0]).toEqual({ status: 'running', waiting: null });
    expect(shown[1]).toEqual({ status: 'running', waiting: { rows: 1, ahead: 0 } });
    expect(shown.at(-1)).toEqual({ status: 'finished', waiting: null });
  });

  it('can be cancelled, which leaves nothing, and those behind move up', async () => {
    const denoiser = limited({ rows: 1 });
    const model = { denoiser, tokenizer: null };
    const passes = watched(denoiser);
    const controller = new AbortController();
    const begin = (prompt: number, signal?: AbortSignal): Promise<RunEvent[]> =>
      lastValueFrom(
        run(ar, { model, prompt: [prompt], length: 6, ...(signal === undefined ? {} : { signal }) }).pipe(toArray()),
      );
    const runs = [begin(1), begin(2, controller.signal), begin(3)];
    const silent = run(ar, { model, rows: 2 }).subscribe();
    runs.push(begin(4));
    expect(schedulerOf(denoiser).load).toEqual({ rows: 1, bytes: 18, waiting: 5 });
    await turns(2);
    silent.unsubscribe();
    controller.abort();
    expect(schedulerOf(denoiser).load).toEqual({ rows: 1, bytes: 18, waiting: 2 });
    const [first, second, third, fourth] = await Promise.all(runs);
    expect(first?.at(-1)?.type).toBe('finished');
    expect(second?.map(({ type }) => type)).toEqual(['started', 'waiting', 'cancelled']);
    expect(waits(third ?? [])).toEqual([
      [1, 1],
      [1, 0],
      [0, 0],
    ]);
    expect(waits(fourth ?? [])).toEqual([
      [1, 3],
      [1, 1],
      [1, 0],
      [0, 0],
    ]);
    expect(passes.flat().filter((row, i, all) => row !== all[i - 1])).toEqual([1, 3, 4]);
    expect(denoiser.live).toBe(0);
    expect(schedulerOf(denoiser).load).toEqual(empty);
  });

  it('get the room of a cancelled row when the forward that it was in is back', async () => {
    const denoiser = limited({ rows: 1 });
    const model = { denoiser, tokenizer: null };
    const passes = watched(denoiser);
    const note = denoiser.beforePass;
    const cancelled = run(ar, { model, prompt: [1] }).subscribe();
    let load: Scheduler['load'] | undefined;
    denoiser.beforePass = (calls) => {
      note(calls);
      if (passes.length !== 2) return;
      cancelled.unsubscribe();
      load = schedulerOf(denoiser).load;
    };
    const last = await lastValueFrom(run(ar, { model, prompt: [2], length: 3 }));
    expect(last.type).toBe('finished');
    expect(load).toEqual({ rows: 1, bytes: 36, waiting: 1 });
    expect(passes).toEqual([[1], [1], [2], [2]]);
    expect(denoiser.live).toBe(0);
  });

  it('may leave, begin others and end others while they hear that they wait', async () => {
    const denoiser = limited({ rows: 1 });
    const model = { denoiser, tokenizer: null };
    const passes = watched(denoiser);
    const begin = (prompt: number): Observable<RunEvent> => run(ar, { model, prompt: [prompt], length: 3 });
    const runs: Promise<RunEvent>[] = [lastValueFrom(begin(1))];
    const left = await lastValueFrom(begin(2).pipe(takeWhile(({ type }) => type !== 'waiting', true)));
    expect(left).toMatchObject({ type: 'waiting', rows: 1, ahead: 0 });
    runs.push(lastValueFrom(begin(3)));
    const heard: RunEvent[] = [];
    const moved = begin(4).pipe(
      tap((event) => {
        if (event.type !== 'waiting' || event.ahead > 0) return;
        ended.unsubscribe();
        if (runs.length === 3) runs.push(lastValueFrom(begin(6)));
      }),
    );
    runs.push(lastValueFrom(moved));
    const ended = begin(5).subscribe((event) => heard.push(event));
    for (const each of runs) expect(await each).toMatchObject({ type: 'finished' });
    expect(heard.map(({ type }) => type)).toEqual(['started', 'waiting']);
    expect(runs).toHaveLength(4);
    expect(passes.flat()).toEqual([1, 1, 3, 3, 4, 4, 6, 6]);
    expect(denoiser.live).toBe(0);
    expect(schedulerOf(denoiser).load).toEqual(empty);
  });
});

describe('what is in flight', () => {
  it('is never above the limits, whatever comes, goes and fails', async () => {
    const plan = fc.record({
      length: fc.integer({ min: 2, max: length }),
      begins: fc.nat(12),
      end: fc.oneof(fc.constant('finish'), fc.constant('fail'), fc.nat(20)),
    });
    const limits = fc.record({ rows: fc.integer({ min: 1, max: 5 }), cacheBytes: fc.integer({ min: 36, max: 120 }) });
    let full = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(plan, { minLength: 3, maxLength: 20 }), limits, async (plans, most) => {
        const denoiser = limited(most);
        const model = { denoiser, tokenizer: null };
        const lengthOf = (row: number): number => plans[row]?.length ?? Infinity;
        denoiser.faultOf = ({ cache: { tokens } }) =>
          plans[tokens[0] ?? -1]?.end === 'fail' && tokens.length > 1 ? new Error('not finite') : null;
        const seen = { rows: 0, bytes: 0 };
        denoiser.beforePass = (calls) => {
          const rows = calls.map((call) => call.cache.tokens[0] ?? -1);
          const bytes = rows.reduce((sum, row) => sum + lengthOf(row) * 3, 0);
          const { load } = schedulerOf(denoiser);
          seen.rows = Math.max(seen.rows, rows.length, load.rows);
          seen.bytes = Math.max(seen.bytes, bytes, load.bytes);
          full += Number(rows.length === most.rows && load.waiting > 0);
        };
        const ends = await Promise.all(
          plans.map(async (each, row) => {
            await turns(each.begins);
            let last = '';
            const running = run(ar, { model, prompt: [row], length: each.length }).subscribe(({ type }) => {
              last = type;
            });
            for (let turn = 0; turn !== each.end && !running.closed; turn++) await turns(1);
            running.unsubscribe();
            return last;
          }),
        );
        expect(seen.rows).toBeLessThanOrEqual(most.rows);
        expect(seen.bytes).toBeLessThanOrEqual(most.cacheBytes);
        await turns(4);
        expect(denoiser.live).toBe(0);
        expect(schedulerOf(denoiser).load).toEqual(empty);
        for (const [i, { end, length: each }] of plans.entries()) {
          if (end === 'finish') expect(ends[i]).toBe('finished');
          if (end === 'fail') expect(ends[i]).toBe(each > 2 ? 'failed' : 'finished');
        }
      }),
      { numRuns: 60 },
    );
    expect(full).toBeGreaterThan(100);
  });
});

describe('a row that can never be let in', () => {
  const refusal = (limits: Limits, request: { readonly length?: number } = {}, sampler = ar): string => {
    const model = { denoiser: limited(limits), tokenizer: null };
    try {
      run(sampler, { model, ...request });
    } catch (error) {
      if (error instanceof InputError) return error.message;
    }
    return '';
  };

  it('is refused with what it needs, what there is, and what would fit', () => {
    expect(refusal({ cacheBytes: 35 })).toMatch(
      /a row of 12 tokens needs 36 bytes of keys and values, and the model may have 35 of them .limits\.cacheBytes.*length of at most 11, or a limit of at least 36 bytes/,
    );
    expect(refusal({ cacheBytes: 36 })).toBe('');
    expect(refusal({ cacheBytes: 35 }, { length: 11 })).toBe('');
    expect(refusal({ cacheBytes: 2 }, { length: 1 })).toMatch(/give a limit of at least 3 bytes/);
    expect(refusal({ cacheBytes: NaN })).toMatch(/limit of at least 36 bytes/);
  });

  it('is refused where no row at all is let in', () => {
    expect(refusal({ rows: 0 })).toMatch(/lets in 0 rows .*limits\.rows.* 1 or more/);
    expect(refusal({ rows: NaN })).toMatch(/NaN/);
    expect(refusal({ rows: 1 })).toBe('');
  });

  it('needs room for each cache that its pipeline begins with or opens', () => {
    const two = check({
      format: 1,
      name: 'two',
      inputs: { canvas: 'canvas', a: 'cache', b: 'cache' },
      nodes: {},
      outputs: { canvas: 'input.canvas', a: 'input.a', b: 'input.b' },
    });
    expect(refusal({ cacheBytes: 71 }, {}, two)).toMatch(/length of at most 11, or a limit of at least 72 bytes/);
    expect(refusal({ cacheBytes: 72 }, {}, two)).toBe('');
    const opened = check({
      format: 1,
      name: 'opened',
      inputs: { canvas: 'canvas' },
      nodes: { a: { kind: 'kv-cache' }, b: { kind: 'kv-cache' }, c: { kind: 'kv-cache' } },
      outputs: { canvas: 'input.canvas' },
    });
    expect(refusal({ cacheBytes: 107 }, {}, opened)).toMatch(/needs 108 bytes of keys and values in 3 caches/);
    expect(refusal({ cacheBytes: 108 }, {}, opened)).toBe('');
  });
});
