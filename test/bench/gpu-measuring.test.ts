import { describe, expect, it, vi } from 'vitest';
import type { Contestant } from '../../bench/gpu/contestants.js';
import { measureGpu, type Measured, type MeasureOptions } from '../../bench/gpu/measure.js';
import { gapNotes } from '../../bench/gpu/result.js';
import { Peer } from '../../bench/peers/peer.js';

describe('measuring', () => {
  const plain: Contestant = { name: 'plain', numbers: 'fp32', backend: 'cpu' };
  const measuring = async (more: Partial<MeasureOptions>): Promise<{ found: Measured; kept: Measured[] }> => {
    const kept: Measured[] = [];
    const found = await measureGpu({
      rows: [1],
      contexts: [0, 4],
      pipelines: ['ar'],
      contestants: [plain],
      folder: 'test/fixtures/parity/blockgen-absorb-causal',
      block: 4,
      tokens: 8,
      quick: true,
      allowSoftware: true,
      python: 'python3',
      limit: 60_000,
      deadline: Infinity,
      signal: new AbortController().signal,
      tell: () => undefined,
      versions: () => undefined,
      keep: (so) => Promise.resolve(void kept.push({ ...so, forwards: [...so.forwards], runs: [...so.runs] })),
      ...more,
    });
    return { found, kept };
  };

  it('keeps what there is after each case', async () => {
    const { found, kept } = await measuring({});
    expect(found.gaps).toEqual([]);
    expect(found.software).toBe(true);
    expect(found.contestants).toMatchObject([{ name: 'plain', device: 'the processor (cpu)' }]);
    expect(found.forwards.map(({ rows, cached }) => [rows, cached])).toEqual([
      [1, 0],
      [1, 4],
    ]);
    expect(found.runs).toMatchObject([{ contestant: 'plain', pipeline: 'ar', rows: 1, tokens: 8 }]);
    expect(kept.map(({ forwards, runs }) => forwards.length + runs.length)).toEqual([1, 2, 3]);
  });

  it('refuses a device in software unless it is allowed', async () => {
    const { found } = await measuring({ allowSoftware: false });
    expect(found.forwards).toEqual([]);
    expect(gapNotes(found.gaps)).toEqual(['plain took no part: its device is software, the processor (cpu)']);
    expect(found.software).toBe(false);
  });

  it('leaves a contestant alone that fails twice in a row, and one that time runs out for', async () => {
    const { found } = await measuring({ folder: 'nowhere' });
    expect(found.gaps).toHaveLength(2);
    expect(gapNotes(found.gaps)[0]).toMatch(/^plain, 1 row, 0 cached failed: .*nowhere/);
    const late = await measuring({ deadline: 0 });
    expect(gapNotes(late.found.gaps)).toEqual([
      'Time ran out before plain: 1 row, 0 cached; ar, 1 row; 1 row, 4 cached.',
    ]);
    // The report is made from what was kept.
    expect(late.kept.at(-1)?.gaps).toEqual(late.found.gaps);
  });

  it('ends a process that takes too long', async () => {
    const { found } = await measuring({ limit: 1 });
    expect(gapNotes(found.gaps)).toEqual(['plain took no part: it took longer than it may']);
  });

  it('ends what is under way soon after its time is over, which is no fault of the contestant', async () => {
    let now = 0;
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => now);
    const tell = (): void => {
      now = 29_999;
    };
    const { found } = await measuring({ deadline: 0, tell }).finally(() => clock.mockRestore());
    expect(found.gaps).toEqual([{ contestant: 'plain', task: null, why: null }]);
    expect(gapNotes(found.gaps)).toEqual(['Time ran out before plain: all.']);
  });

  it('counts all that a case asks for together', async () => {
    let remaining = 60_000;
    const peer = await Peer.open(
      { subject: 'device', backend: 'cpu', threads: 1 },
      { python: null, signal: new AbortController().signal, remaining: () => remaining },
    );
    remaining = 1;
    await expect(peer.rates('fp32', false)).rejects.toThrow('longer than it may');
  });
});
