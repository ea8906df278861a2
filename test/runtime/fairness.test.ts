import { lastValueFrom } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Limits } from '../../src/models/denoiser.js';
import type { RunEvent } from '../../src/runtime/events.js';
import { run } from '../../src/runtime/run.js';
import { schedulerOf } from '../../src/runtime/scheduler.js';
import { absorbingManifest } from '../support/context.js';
import { check, pipeline } from '../support/pipelines.js';
import { lumpyDenoiser, type TableDenoiser } from '../support/table-denoiser.js';
import { turns } from '../support/turns.js';

const manifest = { ...absorbingManifest, length: 12, vocabularySize: 30, maskId: 29, blockSizes: null };
const ar = pipeline('ar');

const limited = (limits: Limits | undefined, bytes = 1): TableDenoiser =>
  Object.assign(lumpyDenoiser(manifest), { limits, cacheBytes: (tokens: number) => tokens * bytes });

/** How many calls of each run were in each pass, told apart by the first token of their prompt. */
function watched(denoiser: TableDenoiser): Map<number, number>[] {
  const passes: Map<number, number>[] = [];
  denoiser.beforePass = (calls) => {
    const counts = new Map<number, number>();
    for (const { cache } of calls) counts.set(cache.tokens[0] ?? -1, (counts.get(cache.tokens[0] ?? -1) ?? 0) + 1);
    passes.push(counts);
  };
  return passes;
}

describe('a small run beside a large one', () => {
  it('starts with the next round and waits for few of its rows at a time, where the model states no limit', async () => {
    const denoiser = limited(undefined);
    const model = { denoiser, tokenizer: null };
    const passes = watched(denoiser);
    const large = run(ar, { model, prompt: [1], rows: 4096 }).subscribe();
    await turns(20);
    const before = passes.length;
    const small = await lastValueFrom(run(ar, { model, prompt: [2] }));
    large.unsubscribe();
    expect(small.type).toBe('finished');
    const during = passes.slice(before);
    // The one under way, and eleven of its own.
    expect(during.length).toBeLessThanOrEqual(13);
    expect(Math.max(...during.map((pass) => pass.get(1) ?? 0))).toBeLessThanOrEqual(256);
    expect(Math.min(...during.slice(0, -1).map((pass) => pass.get(1) ?? 0))).toBeGreaterThan(200);
  });

  it.each([
    ['rows', { rows: 16 }],
    ['bytes', { cacheBytes: 16 * 12 }],
  ])('gets what a run that does not fit leaves of the %s', async (_, limits) => {
    const denoiser = limited(limits);
    const model = { denoiser, tokenizer: null };
    const passes = watched(denoiser);
    const large = run(ar, { model, prompt: [1], rows: 100 }).subscribe();
    await turns(4);
    const before = passes.length;
    expect(passes.at(-1)).toEqual(new Map([[1, 14]]));
    await lastValueFrom(run(ar, { model, prompt: [2] }));
    large.unsubscribe();
    expect(passes.slice(before).findIndex((pass) => pass.has(2))).toBeLessThanOrEqual(1);
  });

  it.each([
    ['rows', { rows: 16 }],
    ['bytes', { cacheBytes: 16 * 12 }],
    ['bytes of which an eighth is no row', { cacheBytes: 7 * 12 }],
  ])('is left nothing by one that fits into the %s', async (_, limits) => {
    const denoiser = limited(limits);
    const passes = watched(denoiser);
    const rows = 'rows' in limits ? limits.rows : limits.cacheBytes / 12;
    await lastValueFrom(run(ar, { model: { denoiser, tokenizer: null }, prompt: [1], rows }));
    expect(passes[0]).toEqual(new Map([[1, rows]]));
    expect(passes).toHaveLength(11);
  });
});

describe('runs that want more than there is', () => {
  it('get as much each, the rows of each in their order', async () => {
    const denoiser = limited({ rows: 6 });
    const model = { denoiser, tokenizer: null };
    const passes = watched(denoiser);
    const firsts: string[] = [];
    const begin = (prompt: number, rows: number): Promise<RunEvent> =>
      new Promise((resolve) => {
        run(ar, { model, prompt: [prompt], rows, length: 3 }).subscribe((event) => {
          if (event.type === 'committed' && event.start === 1) firsts.push(`${String(prompt)}.${String(event.row)}`);
          if (event.type === 'finished') resolve(event);
        });
      });
    await Promise.all([begin(1, 30), begin(2, 30), begin(3, 30)]);
    // The first run has all places before the others come.
    for (const pass of passes.slice(4, 25)) {
      for (const prompt of [1, 2, 3]) expect(pass.get(prompt)).toBeGreaterThanOrEqual(1);
      expect([...pass.values()].reduce((sum, each) => sum + each, 0)).toBe(6);
    }
    const totals = [1, 2, 3].map((prompt) =>
      passes.slice(0, 25).reduce((sum, pass) => sum + (pass.get(prompt) ?? 0), 0),
    );
    expect(Math.max(...totals) - Math.min(...totals)).toBeLessThanOrEqual(14);
    for (const prompt of [1, 2, 3]) {
      const own = firsts.filter((each) => each.startsWith(`${String(prompt)}.`));
      expect(own).toEqual(Array.from({ length: 30 }, (_, row) => `${String(prompt)}.${String(row)}`));
    }
  });

  it('let in a large row although small ones come without end', async () => {
    const denoiser = limited({ cacheBytes: 12 });
    const model = { denoiser, tokenizer: null };
    let coming = true;
    let smalls = 0;
    const small = async (): Promise<void> => {
      while (coming) {
        await lastValueFrom(run(ar, { model, prompt: [1], rows: 2, length: 3 }));
        smalls++;
        if (smalls > 500) return;
      }
    };
    const flood = Promise.all([small(), small(), small()]);
    await turns(3);
    const last = await lastValueFrom(run(ar, { model, prompts: [[2], [3]], length: 12 }));
    coming = false;
    await flood;
    expect(last.type).toBe('finished');
    expect(smalls).toBeLessThan(100);
  });

  it('are not held up by rows that come and go without a forward', async () => {
    const denoiser = limited({ rows: 4 });
    const model = { denoiser, tokenizer: null };
    const idle = check({
      format: 1,
      name: 'idle',
      inputs: { canvas: 'canvas' },
      nodes: {},
      outputs: { canvas: 'input.canvas' },
    });
    let idleIsOver = false;
    let overAtFirst: boolean | undefined;
    const written = lastValueFrom(run(ar, { model, prompt: [1], length: 3 }));
    denoiser.beforePass = () => {
      overAtFirst ??= idleIsOver;
    };
    const came = lastValueFrom(run(idle, { model, prompt: [1], rows: 20_000, length: 3 })).then((last) => {
      idleIsOver = true;
      return last;
    });
    expect(await written).toMatchObject({ type: 'finished' });
    expect(overAtFirst).toBe(false);
    expect(await came).toMatchObject({ type: 'finished' });
  });

  it('come to an end where bytes are fractions that do not cancel', async () => {
    const denoiser = limited({ cacheBytes: 0.1 * 12 }, 0.1);
    const model = { denoiser, tokenizer: null };
    // The first four go in together and leave 2e-16 bytes behind.
    const lengths = [2, 2, 2, 5, 12];
    const ends = await Promise.all(lengths.map((length, i) => lastValueFrom(run(ar, { model, prompt: [i], length }))));
    expect(ends.every(({ type }) => type === 'finished')).toBe(true);
  });
});

describe('a run of many rows', () => {
  const large = check({
    format: 1,
    name: 'large',
    inputs: { canvas: 'canvas' },
    nodes: Object.fromEntries(
      Array.from({ length: 2000 }, (_, i) => [`n${String(i)}`, { kind: 'constant', params: { value: i } }]),
    ),
    outputs: { canvas: 'input.canvas' },
  });

  it('takes memory for rows in flight, not for rows asked for', () => {
    const model = { denoiser: limited(undefined), tokenizer: null };
    const before = process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers;
    const subscription = run(large, { model, prompt: [1], rows: 4096, length: 3 }).subscribe();
    const taken = process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers - before;
    expect(schedulerOf(model.denoiser).load).toMatchObject({ rows: 224, waiting: 4096 - 224 });
    subscription.unsubscribe();
    // Four bytes a node and row alone would be 32 MB.
    expect(taken).toBeLessThan(16e6);
  });

  it('lets the event loop have its turn while its rows fire', async () => {
    const model = { denoiser: limited(undefined), tokenizer: null };
    let [ticks, over] = [0, false];
    const finished = lastValueFrom(run(large, { model, prompt: [1], rows: 200, length: 3 })).then(() => (over = true));
    while (!over) {
      await turns(1);
      ticks++;
    }
    await finished;
    expect(ticks).toBeGreaterThan(5);
  });
});
