import { describe, expect, it } from 'vitest';
import { textFormat } from '../../../src/cli/formats/text.js';
import type { Tokenizer } from '../../../src/models/denoiser.js';
import { createCharacterTokenizer } from '../../../src/models/tokenizer/character.js';
import type { RunEvent } from '../../../src/runtime/events.js';
import { fakeSession, type FakeSession } from '../fake-session.js';
import { syntheticRun } from '../synthetic-run.js';

const tokenizer = createCharacterTokenizer('abcdefgh\n\u001b');
const runOf = (rows: readonly (readonly number[])[], promptLength = 0): RunEvent[] =>
  syntheticRun({ rows, promptLength, blockSize: 3, steps: 2, maskId: 10, vocabularySize: 11 });

interface Played {
  readonly session: FakeSession;
  /** What stdout held after each event. */
  readonly after: readonly string[];
}

async function play(
  events: readonly RunEvent[],
  options: { readonly tokenizer?: Tokenizer | null; readonly isTTY?: boolean } = {},
): Promise<Played> {
  const session = fakeSession({ isTTY: options.isTTY ?? false });
  const format = textFormat({
    session,
    model: { tokenizer: options.tokenizer === undefined ? tokenizer : options.tokenizer },
  });
  const after: string[] = [];
  for (const event of events) {
    await format.take(event);
    after.push(session.stdout.text);
  }
  await format.close();
  return { session, after };
}

describe('text format', () => {
  it('writes a single row as it is committed, its prompt first, and figures on stderr', async () => {
    const events = runOf([[0, 1, 2, 3, 4, 5, 6, 7]], 2);
    const { session, after } = await play(events);
    expect([...new Set(after)]).toEqual(['ab', 'abcde', 'abcdefgh', 'abcdefgh\n']);
    expect(after[events.findIndex(({ type }) => type === 'committed')]).toBe('abcde');
    expect(session.stderr.text).toBe('6 tokens, NFE 6 (4 diffusion + 2 AR), 7.5 tokens/s, 0.8 s\n');
  });

  it('gives the mean NFE a row of several rows', async () => {
    const events = runOf([
      [0, 1],
      [2, 3],
    ]).map((event): RunEvent =>
      event.type === 'finished'
        ? { ...event, statistics: { ...event.statistics, nfe: { total: 7.5, diffusion: 4.5, ar: 3 } } }
        : event,
    );
    const { session } = await play(events);
    expect(session.stderr.text).toMatch(/^4 tokens, NFE 7\.5 a row \(4\.5 diffusion \+ 3 AR\), /);
  });

  it('says once that rows wait for room', async () => {
    const [started, ...rest] = runOf([
      [0, 1],
      [2, 3],
      [4, 5],
    ]);
    const waiting = [2, 1, 0].map((rows): RunEvent => ({ run: 'run-1', seq: 1, type: 'waiting', rows, ahead: 0 }));
    if (started === undefined) throw new Error('the run has no events');
    const { session } = await play([started, ...waiting, ...rest]);
    expect(session.stderr.text).toMatch(/^2 of 3 rows wait for room\n6 tokens.*\n$/);
  });

  it('leaves out what was only drafted', async () => {
    const events = runOf([[0, 1, 2, 3]]);
    const draft: RunEvent = {
      run: 'run-1',
      seq: 0,
      type: 'drafted',
      row: 0,
      node: 'try',
      start: 0,
      tokens: [7],
      text: 'h',
    };
    const { session } = await play(
      events.flatMap((event): RunEvent[] => (event.type === 'step' ? [event, draft] : [event])),
    );
    expect(session.stdout.text).toBe('abcd\n');
  });

  it('writes several rows one after the other, with their numbers', async () => {
    const { session } = await play(
      runOf([
        [0, 1, 2, 3],
        [4, 5],
      ]),
    );
    expect(session.stdout.text).toBe('--- row 1 ---\nef\n--- row 0 ---\nabcd\n');
  });

  it('writes numbers where there is no tokenizer', async () => {
    const { session } = await play(runOf([[0, 1, 2, 3]]), { tokenizer: null });
    expect(session.stdout.text).toBe('0 1 2 3\n');
  });

  it('keeps control characters from a terminal, and the exact text for a pipe', async () => {
    const events = runOf([[0, 9, 8, 1]]);
    expect((await play(events, { isTTY: true })).session.stdout.text).toBe('a\u241b\nb\n');
    expect((await play(events)).session.stdout.text).toBe('a\u001b\nb\n');
  });

  it('keeps what was written when a run is cancelled or fails', async () => {
    const events = runOf([
      [0, 1, 2, 3, 4, 5],
      [5, 4, 3, 2, 1, 0],
    ]);
    const half = events.slice(
      0,
      events.findLastIndex(({ type }) => type === 'step'),
    );
    const cancelled: RunEvent = { run: 'run-1', seq: half.length, type: 'cancelled' };
    const { session } = await play([...half, cancelled]);
    expect(session.stdout.text).toBe('--- row 0 ---\nabcdef\n--- row 1, unfinished ---\nfed\n');
    expect(session.stderr.text).toBe('');
  });
});
