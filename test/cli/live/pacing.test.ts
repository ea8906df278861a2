import { describe, expect, it } from 'vitest';
import { Pacer } from '../../../src/cli/live/pacing.js';
import type { RunEvent } from '../../../src/runtime/events.js';
import { syntheticRun } from '../synthetic-run.js';

const run = (rows: number, steps = 4): RunEvent[] =>
  syntheticRun({
    rows: Array.from({ length: rows }, () => [0, 1, 2, 3, 4, 5, 6, 7]),
    blockSize: 4,
    steps,
    maskId: 9,
    vocabularySize: 10,
  });

function filled(speed: number | null, events: readonly RunEvent[]): Pacer {
  const pacer = new Pacer(speed);
  for (const event of events) pacer.push({ event, at: 0 }, 0);
  return pacer;
}
/** The types of events that come out at each of these times. */
const timeline = (pacer: Pacer, times: readonly number[]): string[][] =>
  times.map((now) =>
    pacer
      .due(now)
      .map(({ event }) => event.type)
      .filter((type) => type !== 'forward'),
  );

describe('Pacer', () => {
  it('shows one step of every row a beat, with what belongs to it', () => {
    const pacer = filled(25, run(2));
    expect(timeline(pacer, [0, 20, 40, 80, 120])).toEqual([
      ['started', 'step', 'remasked', 'step', 'remasked'],
      [],
      ['step', 'remasked', 'step', 'remasked'],
      ['step', 'remasked', 'step', 'remasked'],
      ['step', 'committed', 'step', 'committed'],
    ]);
  });

  it('keeps every event, in order', () => {
    const events = run(3);
    const pacer = filled(25, events);
    const out = Array.from({ length: 100 }, (_, i) => pacer.due(i * 33)).flat();
    expect(out.map(({ event }) => event)).toEqual(events);
  });

  it('keeps its speed when frames do not meet its beats', () => {
    const pacer = filled(25, run(1, 16));
    const steps = Array.from({ length: 31 }, (_, i) => pacer.due(i * 33))
      .flat()
      .filter(({ event }) => event.type === 'step');
    expect(steps.length).toBeGreaterThanOrEqual(24);
    expect(steps.length).toBeLessThanOrEqual(26);
  });

  it('expects a step for each position where steps are not counted', () => {
    const pacer = new Pacer(null);
    const [started] = syntheticRun({
      rows: [new Array<number>(60).fill(0)],
      blockSize: 4,
      steps: 1,
      maskId: 9,
      vocabularySize: 10,
    });
    if (started === undefined) throw new Error('no events');
    const step: RunEvent = {
      run: 'run-1',
      seq: 1,
      type: 'step',
      row: 0,
      node: 'draw',
      start: 0,
      tokens: [9],
      confidence: [null],
    };
    for (const event of [started, step]) pacer.push({ event, at: 0 }, 0);
    // 60 positions in six seconds.
    expect(pacer.stepMilliseconds).toBe(100);
  });

  it('does not hold anything back at speed 0', () => {
    const events = run(2);
    expect(filled(0, events).due(0)).toHaveLength(events.length);
  });

  it('waits a little for the remasking of a draft, and not for long', () => {
    const events = run(1);
    const draft = events.findIndex(({ type }) => type === 'step') + 1;
    const pacer = filled(25, events.slice(0, draft));
    expect(timeline(pacer, [0, 60, 200])).toEqual([['started'], [], ['step']]);
  });

  it('shows a slow draft before its doubtful tokens go', () => {
    const pacer = filled(5, run(1));
    expect(timeline(pacer, [0, 50, 90, 200])).toEqual([['started', 'step'], [], ['remasked'], ['step']]);
  });

  it('slows a short run down more than a long one', () => {
    const short = filled(null, run(1, 2));
    const long = filled(null, run(1, 200));
    expect(short.stepMilliseconds).toBe(500);
    expect(long.stepMilliseconds).toBe(40);
  });

  it('gives the rest at once when nobody wants to wait', () => {
    const events = run(1);
    const pacer = filled(25, events);
    const first = pacer.due(0).length;
    expect(pacer.flush()).toHaveLength(events.length - first);
    expect(pacer.flush()).toEqual([]);
  });
});
