import { lastValueFrom, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/graph/input-error.js';
import type { RunEvent } from '../../src/runtime/events.js';
import type { RunRequest } from '../../src/runtime/request.js';
import { run } from '../../src/runtime/run.js';
import { schedulerOf } from '../../src/runtime/scheduler.js';
import { absorbingManifest } from '../support/context.js';
import { pipeline } from '../support/pipelines.js';
import { lumpyDenoiser, type TableDenoiser } from '../support/table-denoiser.js';
import { turns } from '../support/turns.js';

const length = 12;
const manifest = { ...absorbingManifest, length, vocabularySize: 30, maskId: 29, blockSizes: null };
const ar = pipeline('ar');
type Request = Partial<RunRequest>;

const open = (rows?: number): TableDenoiser =>
  Object.assign(lumpyDenoiser(manifest), rows === undefined ? {} : { limits: { rows } });

const refusal = (request: Request): string => {
  try {
    run(ar, { model: { denoiser: open(), tokenizer: null }, ...request });
  } catch (error) {
    if (error instanceof InputError) return error.message;
    throw error;
  }
  return '';
};

const eventsOf = (denoiser: TableDenoiser, request: Request): Promise<RunEvent[]> =>
  lastValueFrom(run(ar, { model: { denoiser, tokenizer: null }, ...request }).pipe(toArray()));

describe('the size of a request', () => {
  it.each<[string, Request, RegExp]>([
    ['rows', { rows: 65_537 }, /^[^\n]*: the request has 65537 rows, and a run at most 65536 \(limits\.rows\)/],
    ['rows without end', { rows: 2 ** 53 - 1 }, /9007199254740991 rows/],
    ['prompts', { prompts: new Array<number[]>(65_537).fill([1]) }, /^[^\n]*: the request has 65537 rows/],
    ['rows beyond its own limit', { rows: 4, limits: { rows: 3 } }, /has 4 rows, and a run at most 3/],
    [
      'tokens',
      { rows: 4, length: 6, limits: { tokens: 23 } },
      /come to 24 tokens or more, .* at most 23 \(limits\.tokens\)/,
    ],
    ['tokens of prompts', { prompts: [[1], [2]], length: 6, limits: { tokens: 11 } }, /come to 12 tokens/],
  ])('is bounded in %s', (_, request, message) => {
    expect(refusal(request)).toMatch(message);
  });

  it('may be as large as its limits say', () => {
    expect(refusal({ rows: 65_536 })).toBe('');
    expect(refusal({ rows: 65_537, limits: { rows: 65_537 } })).toBe('');
    expect(refusal({ rows: 4, length: 6, limits: { tokens: 24 } })).toBe('');
    expect(refusal({ prompts: [[1], [2]], length: 6, limits: { tokens: 12, rows: 2 } })).toBe('');
  });

  it('bounds how much is said of it', () => {
    const message = refusal({ prompts: Array.from({ length: 20_000 }, (_, i) => [-1 - i]) });
    expect(message.split('\n').length).toBeLessThan(1100);
    expect(message).toMatch(/more faults than are listed/);
  });
});

describe('limits that are none', () => {
  it.each<[string, Request['limits'], RegExp]>([
    ['a typo', JSON.parse('{"forward":3}'), /limits has no option "forward".*forwards.*did you mean "forwards"/],
    ['no object', JSON.parse('3'), /limits must be an object/],
    ['nothing', JSON.parse('null'), /limits must be an object.*null/],
    ['no forwards', { forwards: 0 }, /limits\.forwards must be an integer from 1/],
    ['a fraction', { rows: 1.5 }, /limits\.rows must be an integer/],
    ['a time that no timer takes', { milliseconds: 2 ** 31 }, /limits\.milliseconds .* to 2147483647/],
  ])('are refused: %s', (_, limits, message) => {
    expect(refusal(limits === undefined ? {} : { limits })).toMatch(message);
  });
});

describe('a run that comes to its limit of forwards', () => {
  const request = { rows: 3, prompt: [1], length: 6 };

  it.each([
    ['together', undefined],
    ['one after the other', 1],
  ])('ends before the next one, and not at the last that it needs: rows %s', async (_, rows) => {
    const whole = open(rows);
    expect((await eventsOf(whole, { ...request, limits: { forwards: 15 } })).at(-1)?.type).toBe('finished');
    expect(whole.batches.reduce((sum, each) => sum + each, 0)).toBe(15);
    const denoiser = open(rows);
    const last = (await eventsOf(denoiser, { ...request, limits: { forwards: 14 } })).at(-1);
    expect(last).toMatchObject({
      type: 'failed',
      failure: {
        row: null,
        node: '',
        limit: { setting: 'limits.forwards', most: 14, reached: 14 },
      },
    });
    expect(last?.type === 'failed' ? last.message : '').toMatch(
      /limit of 14 forwards, with \d of 3 rows finished; raise limits\.forwards \(--max-forwards/,
    );
    expect(denoiser.batches.reduce((sum, each) => sum + each, 0)).toBeLessThanOrEqual(14);
    await turns(3);
    expect(denoiser.live).toBe(0);
    expect(schedulerOf(denoiser).load).toEqual({ rows: 0, bytes: 0, waiting: 0 });
  });

  it('leaves other runs alone', async () => {
    const denoiser = open();
    const [ended, other] = await Promise.all([
      eventsOf(denoiser, { ...request, limits: { forwards: 4 } }),
      eventsOf(denoiser, { ...request, seed: 1 }),
    ]);
    expect(ended.at(-1)?.type).toBe('failed');
    const alone = await eventsOf(open(), { ...request, seed: 1 });
    const rowsOf = (events: readonly RunEvent[]): unknown => {
      const last = events.at(-1);
      return last?.type === 'finished' ? last.rows.map(({ tokens }) => tokens) : last;
    };
    expect(rowsOf(other)).toEqual(rowsOf(alone));
  });
});

describe('a run that comes to its limit of time', () => {
  it('ends, also while it waits for room', async () => {
    const denoiser = open(1);
    denoiser.forward = () => new Promise(() => undefined);
    const model = { denoiser, tokenizer: null };
    const stuck = run(ar, { model, prompt: [1] }).subscribe();
    const events = await eventsOf(denoiser, { prompt: [2], limits: { milliseconds: 20 } });
    stuck.unsubscribe();
    expect(events.map(({ type }) => type)).toEqual(['started', 'waiting', 'failed']);
    expect(events.at(-1)).toMatchObject({
      message: expect.stringMatching(
        /limit of 20 ms, after \d+ ms, with 0 of 1 rows finished; raise limits\.milliseconds/,
      ),
      failure: { row: null, limit: { setting: 'limits.milliseconds', most: 20 } },
    });
  });

  it('holds up no process once it is over', async () => {
    const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const before = timers();
    await eventsOf(open(), { prompt: [1], length: 3, limits: { milliseconds: 1_000_000 } });
    run(ar, { model: { denoiser: open(), tokenizer: null }, limits: { milliseconds: 1_000_000 } })
      .subscribe()
      .unsubscribe();
    expect(timers()).toBe(before);
  });
});
