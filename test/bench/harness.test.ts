import { mkdtemp, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ratioFigure } from '../../bench/harness/figures.js';
import { readResults, requireFolder, writeResult } from '../../bench/harness/files.js';
import { commit } from '../../bench/harness/machine.js';
import { isMet, type Measure } from '../../bench/harness/result.js';
import { inTurn } from '../../bench/harness/rounds.js';
import { meanOf, summarise } from '../../bench/harness/statistics.js';
import { aimsMarkdown } from '../../bench/report/markdown.js';
import { sampleResult as result } from './sample-result.js';

const quiet = (): void => undefined;
const going = new AbortController().signal;

describe('statistics', () => {
  it('orders what it summarises', () => {
    fc.assert(
      fc.property(fc.array(fc.integer(), { minLength: 1 }), (values) => {
        const { least, lower, median, upper, most } = summarise(values);
        expect([least, lower, median, upper, most]).toEqual([least, lower, median, upper, most].sort((a, b) => a - b));
        expect(least).toBe(Math.min(...values));
        expect(most).toBe(Math.max(...values));
        expect(values.filter((value) => value <= median).length * 2).toBeGreaterThanOrEqual(values.length);
        expect(values.filter((value) => value >= median).length * 2).toBeGreaterThanOrEqual(values.length);
      }),
    );
  });

  it('takes quartiles between values', () => {
    expect(summarise([4, 1, 3, 2])).toEqual({ median: 2.5, lower: 1.75, upper: 3.25, least: 1, most: 4, count: 4 });
  });

  it('gives the standard error of a mean', () => {
    expect(meanOf([1, 2, 3, 4])).toEqual({ mean: 2.5, standardError: Math.sqrt(5 / 3 / 4) });
  });
});

describe('inTurn', () => {
  const counted = (name: string, log: string[], rounds?: number) => ({
    name,
    measure: (round: number) => {
      log.push(`${name}${round}`);
      return Promise.resolve(10 * round);
    },
    ...(rounds === undefined ? {} : { rounds }),
  });

  it('lets everybody take part once a round, and counts none before the first that counts', async () => {
    const log: string[] = [];
    const all = ['a', 'b', 'c'].map((name) => counted(name, log));
    const series = await inTurn(all, { rounds: 6, signal: going, tell: quiet });
    expect(series.map(({ samples }) => samples)).toEqual(all.map(() => [0, 10, 20, 30, 40, 50]));
    for (let round = 0; round <= 6; round += 1) {
      expect(log.slice(3 * round, 3 * round + 3).sort()).toEqual(['a', 'b', 'c'].map((name) => `${name}${round - 1}`));
    }
    const first = new Set(Array.from({ length: 7 }, (_, round) => log[3 * round]?.slice(0, 1)));
    expect(first).toEqual(new Set(['a', 'b', 'c']));
  });

  it('leaves gaps where somebody sits out, and takes no ratio there', async () => {
    const series = await inTurn([counted('a', []), counted('b', [], 2)], { rounds: 3, signal: going, tell: quiet });
    expect(series.at(1)?.samples).toEqual([0, 10, null]);
    const measure: Measure = {
      case: 'here',
      unit: 'ms',
      series: [
        { name: 'a', samples: [2, 9, 100] },
        { name: 'b', samples: [1, 3, null] },
      ],
    };
    expect(ratioFigure(measure, 'a', 'b', { figure: 'a / b' })).toMatchObject([{ value: 2.5, case: 'here' }]);
    expect(ratioFigure(measure, 'a', 'nobody', { figure: 'a / nobody' })).toEqual([]);
  });

  it('stops in the middle of a turn', async () => {
    const stop = new AbortController();
    const never = { name: 'never', measure: () => new Promise<number>(() => undefined) };
    const running = inTurn([never], { rounds: 1, signal: stop.signal, tell: quiet });
    stop.abort();
    await expect(running).rejects.toThrow();
  });
});

describe('results', () => {
  it('come back as they were written, with no other file beside them', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'bench-'));
    await writeResult(folder, result);
    expect(await readResults(folder)).toEqual(new Map([['forward', result]]));
    expect(await readdir(folder)).toEqual(['forward.json']);
  });

  it.each(['{', '{}', JSON.stringify({ ...result, threads: 'two' })])(
    'are refused where they are none: %s',
    async (text) => {
      const folder = await mkdtemp(join(tmpdir(), 'bench-'));
      await writeFile(join(folder, 'odd.json'), text);
      await expect(readResults(folder)).rejects.toThrow(/odd\.json is no result of a benchmark/);
    },
  );

  it('have their folder looked at beforehand', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'bench-'));
    await requireFolder(join(folder, 'new', 'one'));
    expect(await readdir(join(folder, 'new', 'one'))).toEqual([]);
    await writeFile(join(folder, 'file'), '');
    await expect(requireFolder(join(folder, 'file'))).rejects.toThrow(
      /^results cannot be written to .*file \(.*\); --out names another folder$/,
    );
  });

  it('say of every figure with an aim whether it is met', () => {
    expect(result.figures.map(isMet)).toEqual([true, false, null]);
    const lines = aimsMarkdown([result]).split('\n').slice(2);
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(/high .* at least 2\.00 .* met/);
    expect(lines[1]).toMatch(/low .* at most 8\.00% .* \*\*missed\*\*/);
  });
});

it('names the commit that was packed where there is no repository', async () => {
  const packed = join(await mkdtemp(join(tmpdir(), 'bench-')), 'commit');
  const here = commit(packed);
  await writeFile(packed, '0123456789-dirty\n');
  expect(commit(packed)).toBe('0123456789-dirty');
  expect(here).not.toBe('0123456789-dirty');
});
