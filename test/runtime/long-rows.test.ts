import { describe, expect, it } from 'vitest';
import { textFormat } from '../../src/cli/formats/text.js';
import type { Model } from '../../src/models/denoiser.js';
import type { RunEvent, RunEventBody } from '../../src/runtime/events.js';
import { RowText } from '../../src/runtime/row-text.js';
import { rowStarts, type Rows } from '../../src/runtime/rows.js';
import { initialRunState, reduceRun } from '../../src/runtime/run-state.js';
import { fakeSession } from '../cli/fake-session.js';
import { frameOf, viewAfter } from '../cli/live/support.js';
import { absorbingManifest } from '../support/context.js';
import { lumpyDenoiser } from '../support/table-denoiser.js';

/** More than a call takes as arguments. */
const long = 200_000;
const tokens = Array.from({ length: long }, (_, i) => i % 4);
const decode = (ids: readonly number[]): string => ids.map((id) => 'abcd'.charAt(id)).join('');
const tokenizer = {
  vocabularySize: 4,
  encode: (text: string) => [...text].map((each) => 'abcd'.indexOf(each)),
  decode,
};
const model: Model = { denoiser: lumpyDenoiser({ ...absorbingManifest, length: 2 * long }), tokenizer };

const event = (body: RunEventBody): RunEvent => ({ run: 'run-1', seq: 0, ...body });
const nfe = { total: 1, diffusion: 1, ar: 0 };
const result = { row: 0, tokens, promptLength: 0, given: [], text: null, ended: false, nfe };
const events = [
  event({
    type: 'started',
    ...{ pipeline: 'x', model: 'x', params: {}, seed: 0, maskId: 4, warnings: [] },
    rows: [{ prompt: [], length: long }],
  }),
  event({ type: 'drafted', row: 0, node: 'n', start: 0, tokens, text: null }),
  event({ type: 'committed', row: 0, node: 'n', start: 0, tokens, text: null }),
  event({
    type: 'finished',
    rows: [result],
    statistics: { milliseconds: 1, tokens: long, tokensPerSecond: 1, nfe },
  }),
];

describe('rows of 200,000 tokens', () => {
  it.each<[string, Rows]>([
    ['a template that leaves them open', { template: ['ab', long] }],
    ['a template of token ids', { template: [tokens, 1] }],
    ['a template of text', { template: [decode(tokens), 1] }],
    ['a template of many pieces', { template: [...tokens.map((id) => [id]), 1] }],
    ['a prompt of token ids', { prompt: tokens }],
    ['a prompt of text', { prompt: decode(tokens) }],
    ['a source', { source: tokens }],
  ])('begin with %s', (_, request) => {
    const faults: string[] = [];
    const [start] = rowStarts(model, request, faults);
    expect(faults).toEqual([]);
    const { canvas, source } = start ?? { canvas: null, source: null };
    expect((source ?? canvas)?.length).toBeGreaterThanOrEqual(long);
  });

  it('are decoded', () => {
    expect(new RowText(tokenizer).add(tokens)).toBe(decode(tokens));
    expect(new RowText(tokenizer, tokens).add([1])).toBe('b');
  });

  it('are folded into the state of a run', () => {
    let state = initialRunState;
    const states = events.map((each) => (state = reduceRun(state, each)));
    expect(states[1]?.rows[0]?.draft).toEqual(tokens);
    expect(states[2]?.rows[0]).toMatchObject({ draft: [], block: null });
    expect(states[2]?.rows[0]?.tokens).toEqual(tokens);
    expect(states[3]?.rows[0]?.tokens).toEqual(tokens);
  });

  it('are shown, in the live view and as text', async () => {
    const text = { decode, mask: '.' };
    expect(frameOf(viewAfter(events), { text }).lines.join('')).toContain('abcdabcd');
    const session = fakeSession();
    const format = textFormat({ session, model: { tokenizer } });
    for (const each of events) await format.take(each);
    expect(session.stdout.text).toBe(`${decode(tokens)}\n`);
  });
});
