import { describe, expect, it } from 'vitest';
import { eventsFormat } from '../../../src/cli/formats/events.js';
import { jsonlFormat } from '../../../src/cli/formats/jsonl.js';
import type { RunEvent } from '../../../src/runtime/events.js';
import { fakeSession } from '../fake-session.js';
import { syntheticRun } from '../synthetic-run.js';

const rows = [
  [0, 1, 2, 3],
  [4, 5, 6],
];
const runOf = (decode?: (tokens: readonly number[]) => string): RunEvent[] =>
  syntheticRun({
    rows,
    blockSize: 2,
    steps: 2,
    maskId: 7,
    vocabularySize: 8,
    ...(decode === undefined ? {} : { decode }),
  });

async function linesOf(create: typeof jsonlFormat, events: readonly RunEvent[]): Promise<unknown[]> {
  const session = fakeSession();
  const format = create({ session });
  for (const event of events) await format.take(event);
  await format.close();
  return session.stdout.text
    .split('\n')
    .slice(0, -1)
    .map((line): unknown => JSON.parse(line));
}

describe('jsonl format', () => {
  const nfe = { total: 6, diffusion: 4, ar: 2 };

  it('writes an object a row', async () => {
    expect(
      await linesOf(
        jsonlFormat,
        runOf((tokens) => tokens.join('')),
      ),
    ).toEqual([
      { row: 0, tokens: [0, 1, 2, 3], text: '0123', nfe },
      { row: 1, tokens: [4, 5, 6], text: '456', nfe },
    ]);
  });

  it('has no text where there is no tokenizer', async () => {
    expect(await linesOf(jsonlFormat, runOf())).toEqual(rows.map((tokens, row) => ({ row, tokens, nfe })));
  });
});

describe('given tokens behind the prompt', () => {
  it('are named in the line of their row', async () => {
    const events = runOf().map((event) =>
      event.type === 'finished'
        ? { ...event, rows: event.rows.map((row) => ({ ...row, promptLength: 1, given: row.row === 0 ? [2, 3] : [] })) }
        : event,
    );
    expect(await linesOf(jsonlFormat, events)).toMatchObject([{ row: 0, promptLength: 1, given: [2, 3] }, { row: 1 }]);
    expect(await linesOf(jsonlFormat, events.slice(0, -1))).toEqual([]);
  });
});

describe('events format', () => {
  it('writes every event as it is', async () => {
    const events = runOf();
    expect(await linesOf(eventsFormat, events)).toEqual(events);
  });
});
