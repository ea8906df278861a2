import { describe, expect, it } from 'vitest';
import {
  advanceView,
  flashMilliseconds,
  glowMilliseconds,
  initialView,
  type ViewState,
} from '../../../src/cli/live/view.js';
import { figuresLine } from '../../../src/cli/live/figures.js';
import type { RunEventBody } from '../../../src/runtime/events.js';
import { characterText, frameOf, plain } from './support.js';

const text = characterText(Array.from('abcdef'));
const maskId = 6;

function shown(...bodies: readonly (readonly [now: number, body: RunEventBody])[]): ViewState {
  const started: RunEventBody = {
    type: 'started',
    pipeline: 'arpc',
    model: 'tiny',
    params: {},
    seed: 3,
    rows: [{ prompt: [], length: 4 }],
    maskId,
    warnings: [],
  };
  return [[0, started] as const, ...bodies].reduce(
    (view, [now, body], seq) => advanceView(view, { event: { run: 'run-1', seq, ...body }, at: now }, now),
    initialView,
  );
}

const step = (index: number, tokens: readonly number[], confidence = tokens.map(() => 0.9)): RunEventBody => ({
  type: 'step',
  row: 0,
  node: 'draft',
  start: 0,
  tokens,
  confidence,
  step: index,
  steps: 4,
});
const remasked = (tokens: readonly number[], positions: readonly number[]): RunEventBody => ({
  type: 'remasked',
  row: 0,
  node: 'remask',
  start: 0,
  tokens,
  positions,
});
const lineAt = (view: ViewState, now: number): string | undefined => frameOf(view, { text, now }).lines[2];

describe('advanceView', () => {
  const first = [
    [10, step(0, [0, 1, 2, 3])],
    [10, remasked([0, maskId, 2, maskId], [1, 3])],
  ] as const;

  it('flashes nothing that has only just been drafted', () => {
    expect(shown(...first).rows[0]?.flashes).toEqual([]);
    expect(lineAt(shown(...first), 10)).toBe('a\u2591c\u2591');
  });

  it('flashes a token that stood and was taken away, for a moment', () => {
    const view = shown(...first, [50, step(1, [0, 1, 2, 4])], [50, remasked([0, 1, maskId, 4], [2])]);
    expect(view.rows[0]?.flashes).toEqual([{ position: 2, token: 2, since: 50 }]);
    expect(lineAt(view, 50)).toBe('ab\u2593e');
    expect(lineAt(view, 50 + flashMilliseconds)).toBe('ab\u2591e');
  });

  it('forgets flashes that are over', () => {
    const once = [...first, [50, step(1, [0, 1, 2, 4])], [50, remasked([0, 1, maskId, 4], [2])]] as const;
    const later = 50 + glowMilliseconds;
    const view = shown(...once, [later, step(2, [0, 1, 5, 4])], [later, remasked([maskId, 1, 5, 4], [0])]);
    expect(view.rows[0]?.flashes).toEqual([{ position: 0, token: 0, since: later }]);
  });

  it('keeps the confidence with which a token was drawn for as long as it stands', () => {
    const view = shown(
      [0, step(0, [0, maskId, maskId, 3], [0.2, 0.5, 0.5, 0.7])],
      [0, step(1, [0, 1, maskId, 3], [1, 0.4, 1, 1])],
    );
    expect(view.rows[0]?.drawn).toEqual([
      { confidence: 0.2, fresh: false },
      { confidence: 0.4, fresh: true },
      null,
      { confidence: 0.7, fresh: false },
    ]);
  });

  it('shows what nobody drew as noise, and keeps what was drawn before', () => {
    const uncounted = (tokens: readonly number[], confidence: readonly (number | null)[]): RunEventBody => ({
      type: 'step',
      row: 0,
      node: 'draw',
      start: 0,
      tokens,
      confidence,
    });
    const begun = shown([0, uncounted([0, 1, 2, 3], [null, 0.4, null, null])]);
    expect(begun.rows[0]?.drawn).toEqual([null, { confidence: 0.4, fresh: true }, null, null]);
    const view = shown(
      [0, uncounted([0, 1, 2, 3], [null, 0.4, null, null])],
      [0, uncounted([0, 1, 5, 3], [null, null, 0.6, null])],
      [0, uncounted([0, 1, 5, 3], [null, null, null, 0.7])],
    );
    expect(view.rows[0]?.drawn).toEqual([
      null,
      { confidence: 0.4, fresh: false },
      { confidence: 0.6, fresh: false },
      { confidence: 0.7, fresh: true },
    ]);
    expect(view.run.rows[0]?.block).toMatchObject({ confidence: [null, 0.4, 0.6, 0.7], step: null, steps: null });
    const figures = frameOf(view, { text, now: 0 }).lines.at(-1);
    expect(figures).toMatch(/block 1\/1/);
    expect(figures).not.toMatch(/step/);
  });

  it('takes a token that changed for a fresh one', () => {
    const view = shown([0, step(0, [0, 1, 2, 3])], [0, step(1, [0, 5, 2, 3], [0.9, 0.3, 0.9, 0.9])]);
    expect(view.rows[0]?.drawn[1]).toEqual({ confidence: 0.3, fresh: true });
  });

  it('counts blocks and tokens, and keeps the clock of the run', () => {
    const view = shown(...first, [
      90,
      { type: 'committed', row: 0, node: 'advance', start: 0, tokens: [0, 1], text: 'ab' },
    ]);
    expect(view.rows[0]).toMatchObject({ blocksDone: 1, drawn: [] });
    expect(view).toMatchObject({ generated: 2, milliseconds: 90, seed: 3 });
  });

  const drafted = (start: number, tokens: readonly number[]): RunEventBody => ({
    type: 'drafted',
    row: 0,
    node: 'try/advance',
    start,
    tokens,
    text: null,
  });

  it('shows what was drafted behind the committed text, and the block behind that', () => {
    const commit: RunEventBody = { type: 'committed', row: 0, node: 'keep', start: 0, tokens: [5], text: 'f' };
    const block = { ...step(0, [3, maskId]), start: 2 };
    const view = shown([10, commit], [20, drafted(1, [2])], [30, block]);
    expect(lineAt(view, 30)).toBe('fcd\u2591');
    expect(view).toMatchObject({ generated: 1 });
    expect(lineAt(shown([10, commit], [20, drafted(1, [2])], [30, drafted(1, [4, 4])]), 30)).toBe('fee');
  });

  it('says how many tokens are only drafted', () => {
    const commit: RunEventBody = { type: 'committed', row: 0, node: 'keep', start: 0, tokens: [2, 2], text: null };
    const figures = (...bodies: readonly RunEventBody[]): string =>
      figuresLine(shown(...bodies.map((body) => [0, body] as const)), 80, plain);
    expect(figures(drafted(0, [0, 1]), drafted(2, [2]))).toContain('3 drafted \u00b7 NFE');
    expect(figures(drafted(0, [0, 1]), commit)).not.toContain('drafted');
  });

  it('says how many rows wait for room, and goes by those that do not', () => {
    const start: RunEventBody = {
      type: 'started',
      pipeline: 'arpc',
      model: 'tiny',
      params: {},
      seed: 0,
      rows: [0, 1, 2].map(() => ({ prompt: [], length: 4 })),
      maskId,
      warnings: [],
    };
    const step: RunEventBody = { type: 'step', row: 0, node: 'n', start: 0, tokens: [6, 6], confidence: [null, null] };
    const waiting = (rows: number, ahead: number): RunEventBody => ({ type: 'waiting', rows, ahead });
    const figures = (...bodies: readonly RunEventBody[]): string =>
      figuresLine(shown(...[start, ...bodies].map((body) => [0, body] as const)), 80, plain);
    expect(figures(waiting(3, 12))).toContain('3 rows waiting behind 12 \u00b7 NFE');
    expect(figures(waiting(2, 0), step)).toContain('block 1/2 \u00b7 2 rows waiting \u00b7 NFE');
    expect(figures(waiting(1, 0))).toContain('1 row waiting');
    expect(figures(waiting(1, 0), waiting(0, 0))).not.toContain('waiting');
  });

  it('gives the mean NFE a row of several rows', () => {
    const forward: RunEventBody = {
      type: 'forward',
      call: 'ar',
      rows: [0],
      batch: 1,
      nfe: { total: 7.5, diffusion: 4.5, ar: 3 },
      milliseconds: 1,
    };
    const rows = [0, 1].map(() => ({ prompt: [], length: 4 }));
    const start: RunEventBody = {
      type: 'started',
      pipeline: 'arpc',
      model: 'tiny',
      params: {},
      seed: 0,
      rows,
      maskId,
      warnings: [],
    };
    expect(figuresLine(shown([0, start], [0, forward]), 80, plain)).toContain('NFE 7.5 a row = 4.5 diffusion + 3 AR');
    expect(figuresLine(shown([0, start], [0, forward]), 30, plain)).toBe('NFE 7.5 a row \u00b7 0.0 s');
  });

  it('counts the blocks of a draft, and begins again with the next draft', () => {
    const counts = (...bodies: readonly RunEventBody[]): readonly number[] => {
      const row = shown(...bodies.map((body) => [0, body] as const)).rows[0];
      return [row?.blocksDone ?? -1, row?.blocksDrafted ?? -1];
    };
    const commit: RunEventBody = { type: 'committed', row: 0, node: 'keep', start: 0, tokens: [2, 2, 1], text: null };
    expect(counts(drafted(0, [0]), drafted(1, [1]), drafted(2, [2]))).toEqual([0, 3]);
    expect(counts(drafted(0, [0]), drafted(1, [1]), drafted(0, [2]))).toEqual([0, 1]);
    expect(counts(drafted(0, [0]), drafted(1, [1]), commit)).toEqual([1, 0]);
    expect(counts(commit, drafted(3, [1]), drafted(4, [1]))).toEqual([1, 2]);
  });
});
