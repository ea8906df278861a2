import { lastValueFrom, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { defineNode } from '../../src/graph/node-definition.js';
import { integer } from '../../src/graph/params.js';
import { standardNodes } from '../../src/nodes/standard.js';
import type { RunEvent } from '../../src/runtime/events.js';
import { initialRunState, reduceRun } from '../../src/runtime/run-state.js';
import { run } from '../../src/runtime/run.js';
import { absorbingManifest } from '../support/context.js';
import { check } from '../support/pipelines.js';
import { lumpyDenoiser } from '../support/table-denoiser.js';

/** Says that it commits where it is told to, whatever stands there. */
const writeAt = defineNode({
  kind: 'write-at',
  summary: 'Puts token 1 behind the canvas, and says that it was committed elsewhere.',
  inputs: { canvas: 'canvas' },
  outputs: { canvas: 'canvas' },
  params: { at: integer({}) },
  step: ({ inputs: { canvas } }) => ({ canvas: { ...canvas, tokens: [...canvas.tokens, 1] } }),
  observe: ({ params: { at } }) => ({ type: 'committed', start: at, tokens: [1] }),
});
const registry = standardNodes.with([
  writeAt,
  defineNode({
    kind: 'rewrite',
    summary: 'Changes the first token of a canvas.',
    inputs: { canvas: 'canvas' },
    outputs: { canvas: 'canvas' },
    params: {},
    step: ({ inputs: { canvas } }) => ({ canvas: { ...canvas, tokens: [3, ...canvas.tokens.slice(1)] } }),
  }),
]);

const generator = { kind: 'graph', use: './ar.json', in: { canvas: 'input.canvas', cache: 'input.cache' } } as const;

async function eventsOf(nodes: unknown, canvas: string, request = {}): Promise<RunEvent[]> {
  const inputs = { canvas: 'canvas', cache: 'cache' };
  const document = { format: 1, name: 'drafts', inputs, nodes, outputs: { canvas } };
  const denoiser = lumpyDenoiser(absorbingManifest);
  const model = { denoiser, tokenizer: null };
  const observable = run(check(document, registry), { model, length: 5, prompt: [2], ...request });
  const events = await lastValueFrom(observable.pipe(toArray()));
  expect(denoiser.live).toBe(0);
  return events;
}

const textOf = (events: readonly RunEvent[], type: 'committed' | 'drafted'): readonly number[] =>
  events.flatMap((event) => (event.type === type ? event.tokens : []));

const messageOf = (events: readonly RunEvent[]): string => {
  const last = events.at(-1);
  return last?.type === 'failed' ? last.message : `no failure but ${String(last?.type)}`;
};

describe('a draft', () => {
  const drafted = { ...generator, draft: true };
  const keep = { kind: 'commit-canvas', in: { before: 'input.canvas', canvas: 'second.canvas' } };

  it('commits nothing: what is tried out is told as drafted, and only the text that is kept joins the row', async () => {
    const events = await eventsOf({ first: drafted, second: drafted, keep }, 'keep.canvas');
    const last = events.at(-1);
    if (last?.type !== 'finished') throw new Error(messageOf(events));
    const [row] = last.rows;
    const commits = events.filter((event) => event.type === 'committed');
    expect(commits).toHaveLength(1);
    expect(commits[0]).toMatchObject({ node: 'keep', row: 0, start: 1, text: null });
    expect([2, ...textOf(events, 'committed')]).toEqual(row?.tokens);
    const drafts = events.flatMap((event) => (event.type === 'drafted' ? [event] : []));
    expect(drafts.map(({ start }) => start).sort()).toEqual([1, 1, 2, 2, 3, 3, 4, 4]);
    const second = drafts.filter(({ node }) => node.startsWith('second/'));
    expect([2, ...second.flatMap(({ tokens }) => tokens)]).toEqual(row?.tokens);
  });

  it('is in the run state behind what is committed, until something is committed', async () => {
    const events = await eventsOf({ second: drafted, keep }, 'keep.canvas');
    const at = events.findIndex(({ type }) => type === 'committed');
    const states = (end: number) => events.slice(0, end).reduce(reduceRun, initialRunState).rows[0];
    const text = textOf(events, 'committed');
    expect(states(at)).toMatchObject({ tokens: [2], draft: text, block: null });
    expect(states(at + 1)).toMatchObject({ tokens: [2, ...text], draft: [] });
  });

  it('begins again where it goes back', () => {
    const draft = (seq: number, start: number, tokens: readonly number[]): RunEvent => {
      return { run: 'r', seq, type: 'drafted', row: 0, node: 'n', start, tokens, text: null };
    };
    const rows = [{ prompt: [2], length: 9 }];
    const started: RunEvent = {
      ...{ run: 'r', seq: 0, type: 'started', pipeline: 'p', model: 'm', params: {}, seed: 0, rows },
      ...{ maskId: null, warnings: [] },
    };
    const story = [started, draft(1, 1, [5, 6]), draft(2, 3, [7]), draft(3, 2, [8]), draft(4, 0, [2, 9])];
    const states = story.map((_, i) => story.slice(0, i + 1).reduce(reduceRun, initialRunState).rows[0]?.draft);
    expect(states).toEqual([[], [5, 6], [5, 6, 7], [5, 8], [9]]);
  });
});

describe('what is committed is final', () => {
  it('a second text from the same canvas fails the run, and says what to do', async () => {
    const message = messageOf(await eventsOf({ a: generator, b: generator }, 'b.canvas'));
    expect(message).toMatch(
      /^node "[ab]\/blocks\/advance" \(block-advance\) at [ab]\/blocks\[0\], row 0: it commits from/,
    );
    expect(message).toContain('include a subgraph that tries texts out as a draft ("draft": true)');
  });

  it.each([
    ['before it', 0],
    ['behind a gap', 2],
  ])('so does a commit %s', async (_, at) => {
    const write = { kind: 'write-at', in: { canvas: 'input.canvas' }, params: { at } };
    const message = messageOf(await eventsOf({ write }, 'write.canvas'));
    expect(message).toContain(
      `node "write" (write-at), row 0: it commits from position ${String(at)} on, where the row has 1 committed tokens`,
    );
  });

  it('so does a row that comes out otherwise', async () => {
    const write = { kind: 'write-at', in: { canvas: 'input.canvas' }, params: { at: 1 } };
    const rewrite = { kind: 'rewrite', in: { canvas: 'write.canvas' } };
    expect((await eventsOf({ write }, 'write.canvas')).at(-1)?.type).toBe('finished');
    expect(messageOf(await eventsOf({ write, rewrite }, 'rewrite.canvas'))).toMatch(
      /^row 0: the row that came out differs from what was committed at position 0/,
    );
    expect(messageOf(await eventsOf({ write }, 'input.canvas'))).toContain('at position 1');
  });

  it('so does a draft that comes out and was never committed', async () => {
    const message = messageOf(await eventsOf({ only: { ...generator, draft: true } }, 'only.canvas'));
    expect(message).toContain(
      'row 0: the row that came out has 5 tokens, of which 1 were committed: let commit-canvas',
    );
  });

  it('every row has its own text', async () => {
    const prompts = [[2], [2, 3, 1], []];
    const events = await eventsOf({ only: generator }, 'only.canvas', { prompt: undefined, prompts });
    const last = events.at(-1);
    if (last?.type !== 'finished') throw new Error(messageOf(events));
    for (const [row, prompt] of prompts.entries()) {
      const text = events.flatMap((event) => (event.type === 'committed' && event.row === row ? event.tokens : []));
      expect([...prompt, ...text]).toEqual(last.rows[row]?.tokens);
    }
  });
});
