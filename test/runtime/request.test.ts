import { lastValueFrom, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/graph/input-error.js';
import type { Model, Tokenizer } from '../../src/models/denoiser.js';
import type { RunRequest } from '../../src/runtime/request.js';
import { run } from '../../src/runtime/run.js';
import { absorbingManifest, uniformManifest } from '../support/context.js';
import { check, pipeline } from '../support/pipelines.js';
import { lumpyDenoiser, TableDenoiser } from '../support/table-denoiser.js';

const letters: Tokenizer = {
  vocabularySize: 4,
  encode: (text) =>
    [...text].map((letter) => {
      const id = 'abcd'.indexOf(letter);
      if (id < 0) throw new InputError(`the tokenizer does not know "${letter}"`);
      return id;
    }),
  decode: (tokens, unknown = '?') => tokens.map((id) => 'abcd'[id] ?? unknown).join(''),
};

const model: Model = { denoiser: lumpyDenoiser(absorbingManifest), tokenizer: letters };
const params = { steps: 2, blockSize: 4 };

const refusal = (request: Partial<RunRequest>, name = 'arpc'): string => {
  try {
    run(pipeline(name), { model, params, ...request });
  } catch (error) {
    if (error instanceof InputError) return error.message;
    throw error;
  }
  throw new Error('it was not refused');
};

describe('a request', () => {
  it.each<[string, Partial<RunRequest>, RegExp]>([
    ['a prompt as long as the row', { prompt: 'abcd', length: 4 }, /prompt has 4 tokens and leaves nothing/],
    ['a prompt longer than the model', { prompt: 'a'.repeat(13) }, /13 tokens.*at most 12/],
    ['a character that the tokenizer does not know', { prompt: 'abx' }, /does not know "x"/],
    ['a token that is not in the vocabulary', { prompt: [0, 9] }, /holds 9, and token ids .* go from 0 to 3/],
    ['the mask as a token', { prompt: [4] }, /mask id 4/],
    ['a fraction as a token', { prompt: [0.5] }, /holds 0.5/],
    [
      'a length beyond the model',
      { length: 13, prompt: 'ab' },
      /^[^\n]*: length must be an integer from 1 to 12, not 13$/,
    ],
    ['no rows', { rows: 0 }, /rows must be an integer from 1/],
    ['a negative seed', { seed: -1 }, /seed must be an integer from 0/],
    ['prompts and rows', { prompts: ['a'], rows: 2 }, /prompts stands in place of prompt and rows/],
    ['no prompts', { prompts: [] }, /at least one prompt/],
    ['a prompt with a hole', { prompt: JSON.parse('[1, null, 2]') }, /holds null/],
    ['prompts with a hole', { prompts: JSON.parse('[[1], null]') }, /prompt 1 must be text or a list/],
    ['prompts that are no list', { prompts: JSON.parse('"ab"') }, /prompts must be a list/],
    ['a template that leaves nothing open', { template: ['ab', [1, 2]] }, /template has 4 tokens and leaves nothing/],
    [
      'a template longer than the row',
      { template: ['a', 5, 'b'], length: 6 },
      /has 7 tokens and does not fit a row of 6/,
    ],
    ['a template longer than the model', { template: ['a', 12, 'b'] }, /has 14 tokens and does not fit a row of 12/],
    ['a hole longer than the model', { template: [13] }, /leaves 13 tokens open; a hole has from 1 to 12/],
    ['a hole of nothing', { template: ['a', 0] }, /leaves 0 tokens open/],
    ['an empty template', { template: [] }, /has 0 tokens and leaves nothing/],
    ['a mask in a template', { template: [[null, 4]] }, /mask id 4/],
    ['an unknown character in a template', { template: ['a', 3, 'x'] }, /does not know "x"/],
    ['a template that is no list', { template: JSON.parse('"ab"') }, /must be a list of texts/],
    ['a piece that is nothing', { template: JSON.parse('["a", null]') }, /holds null; a piece is/],
    ['a prompt and a template', { prompt: 'a', template: ['b', 3] }, /a prompt and a template both/],
    ['templates and rows', { templates: [['a', 3]], rows: 2 }, /templates stands in place of template and rows/],
    ['a source that nobody takes', { source: 'ab' }, /it starts from no text/],
    ['one bad prompt among several', { prompts: ['a', 'ax'] }, /does not know "x"/],
    ['a parameter out of bounds', { params: { steps: 0 } }, /steps/],
    ['a parameter that is not there', { params: { step: 3 } }, /steps/],
  ])('with %s is refused', (_, request, message) => {
    expect(refusal(request)).toMatch(message);
  });

  it.each<[string, Partial<RunRequest>, RegExp]>([
    ['no source', {}, /edit: it starts from a text; give it one as source/],
    ['a source of another length', { source: 'abc', length: 4 }, /the source has 3 tokens and the row 4;/],
    [
      'a template longer than the source',
      { source: 'ab', template: [2, 'ab'] },
      /the source has 2 tokens and the row 4;/,
    ],
    ['an empty source', { source: '' }, /the source is empty/],
    ['a source of unknown characters', { sources: ['a', 'x'] }, /does not know "x"/],
    [
      'more sources than rows',
      { sources: ['ab', 'cd'], prompts: ['a', 'b', 'c'] },
      /begin with 3 texts and have 2 sources/,
    ],
    ['a source and sources', { source: 'ab', sources: ['ab'] }, /sources stands in place of source and rows/],
  ])('with %s is refused by a pipeline that starts from a text', (_, request, message) => {
    expect(refusal(request, 'edit')).toMatch(message);
  });

  it('says how long its rows are by their templates and sources', async () => {
    const lengths = async (name: string, request: Partial<RunRequest>): Promise<unknown> => {
      const [started] = await lastValueFrom(run(pipeline(name), { model, params, ...request }).pipe(toArray()));
      return started?.type === 'started' ? started.rows : started;
    };
    expect(await lengths('block-ancestral', { templates: [['ab', 2, [3, null]], [[0], 3], [2]] })).toEqual([
      { prompt: [0, 1], length: 6, template: [0, 1, null, null, 3, null] },
      { prompt: [0], length: 4 },
      { prompt: [], length: 2 },
    ]);
    expect(await lengths('block-ancestral', { template: ['a', 2, 'b'], length: 9 })).toMatchObject([{ length: 9 }]);
    expect(await lengths('edit', { sources: ['abc', 'dcbaa'] })).toEqual([
      { prompt: [], length: 3 },
      { prompt: [], length: 5 },
    ]);
    expect(await lengths('edit', { source: 'abcd', template: ['a', 1, 'b'] })).toMatchObject([{ length: 4 }]);
  });

  it('is refused with all its faults at once', () => {
    const message = refusal({ length: 99, rows: 0.5, seed: NaN, params: { steps: 0, blocksize: 4 }, prompt: [9] });
    for (const name of ['length', 'rows', 'seed']) expect(message).toContain(`${name} must be an integer`);
    for (const name of ['"steps"', '"blocksize"', 'holds 9']) expect(message).toContain(name);
  });

  it('needs token ids where there is no tokenizer', () => {
    const bare = { denoiser: model.denoiser, tokenizer: null };
    expect(refusal({ model: bare, prompt: 'a' })).toMatch(/no tokenizer/);
  });

  it('is refused where AR scoring meets a model that is not causal on clean tokens', () => {
    const blockwise = { denoiser: lumpyDenoiser({ ...absorbingManifest, causality: 'block-causal' }), tokenizer: null };
    const message = refusal({ model: blockwise });
    expect(message).toMatch(/blocks\/steps\/guided\/then\/ar" \(ar-score\).*causal on clean tokens/);
    expect(() => run(pipeline('block-ancestral'), { model: blockwise, params })).not.toThrow();
  });

  it('is warned of a block size that the model was not trained on', async () => {
    const [started] = await lastValueFrom(
      run(pipeline('arpc'), { model, params: { steps: 2, blockSize: 3 } }).pipe(toArray()),
    );
    expect(started).toMatchObject({
      type: 'started',
      warnings: [expect.stringMatching(/not trained on block size 3/)],
    });
  });

  it('is warned of a parameter that no node reads', async () => {
    const unread = {
      format: 1,
      name: 'unread',
      params: { score: { type: 'flag', default: true } },
      inputs: { canvas: 'canvas' },
      nodes: {},
      outputs: { canvas: 'input.canvas' },
    };
    const warningsOf = async (given: Record<string, unknown>): Promise<unknown> => {
      const events = await lastValueFrom(run(check(unread), { model, params: given }).pipe(toArray()));
      return events[0]?.type === 'started' ? events[0].warnings : null;
    };
    expect(await warningsOf({ score: false })).toEqual(['parameter "score" is set, but no node of unread reads it']);
    expect(await warningsOf({})).toEqual([]);
  });

  it('begins with what could not be had when its model was opened', async () => {
    const incomplete = { ...model, warnings: ['there is no tokenizer'] };
    const [started] = await lastValueFrom(run(pipeline('ar'), { model: incomplete }).pipe(toArray()));
    expect(started).toMatchObject({ type: 'started', warnings: ['there is no tokenizer'] });
  });

  it('is refused where a pipeline wants what a run cannot give, or gives no canvas', () => {
    const identity = {
      format: 1,
      name: 'parts',
      nodes: {},
      inputs: { block: 'block' },
      outputs: { block: 'input.block' },
    };
    expect(() => run(check(identity), { model })).toThrow(/input "block" is a block[^]*no output "canvas"/);
  });

  it('leaves no handle behind', () => {
    expect(model.denoiser.live).toBe(0);
  });
});

describe('a run', () => {
  it('tells its story in order and ends once', async () => {
    const events = await lastValueFrom(run(pipeline('arpc'), { model, params, prompt: 'ab', seed: 1 }).pipe(toArray()));
    expect(events.map((event) => event.seq)).toEqual(events.map((_, i) => i));
    expect(new Set(events.map((event) => event.run)).size).toBe(1);
    const types = events.map((event) => event.type);
    const block = ['forward', 'step', 'forward', 'remasked', 'forward', 'step', 'committed'];
    expect(types).toEqual(['started', ...block, ...block, ...block, 'finished']);
    const committed = events.flatMap((event) => (event.type === 'committed' ? [event] : []));
    const last = events.at(-1);
    if (last?.type !== 'finished') throw new Error('it did not finish');
    const [row] = last.rows;
    expect(committed.flatMap((event) => event.tokens)).toEqual(row?.tokens.slice(2));
    expect(committed.map((event) => event.start)).toEqual([2, 6, 10]);
    expect(row?.text).toBe(`ab${committed.map((event) => event.text).join('')}`);
    expect(last.statistics).toMatchObject({ tokens: 10, nfe: { total: 9, diffusion: 6, ar: 3 } });
  });

  it('is one for each subscription', async () => {
    const stream = run(pipeline('ar'), { model, length: 3 });
    const [a, b] = await Promise.all([lastValueFrom(stream), lastValueFrom(stream)]);
    expect(a.run).not.toBe(b.run);
    expect(a).toMatchObject({ rows: b.type === 'finished' ? b.rows : [] });
  });

  it('fails with the path, kind and tag of the node, and the row', async () => {
    const denoiser = lumpyDenoiser(uniformManifest);
    denoiser.faultOf = (call) =>
      call.call === 'ar-score' && call.cache.tokens.length === 4 ? new Error('logits are not finite') : null;
    const prompts = [[1, 2], []];
    const last = await lastValueFrom(
      run(pipeline('arpc'), { model: { denoiser, tokenizer: null }, params: { steps: 3, blockSize: 4 }, prompts }),
    );
    expect(last).toMatchObject({
      type: 'failed',
      message:
        'node "blocks/steps/guided/then/ar" (ar-score) at blocks[1] blocks/steps[0], row 1: logits are not finite',
      failure: {
        node: 'blocks/steps/guided/then/ar',
        kind: 'ar-score',
        row: 1,
        tag: [
          { path: 'blocks', iteration: 1 },
          { path: 'blocks/steps', iteration: 0 },
        ],
      },
    });
  });

  it('streams in its committed events exactly the tokens of the finished row, also up to an end of sequence', async () => {
    const denoiser = lumpyDenoiser({ ...absorbingManifest, eosId: 1, blockSizes: null });
    let ended = 0;
    for (let seed = 0; seed < 20; seed++) {
      for (const name of ['block-ancestral', 'arpc', 'full-sequence', 'ar-then-block']) {
        const shape = name === 'full-sequence' ? { steps: 2 } : params;
        const request = { model: { denoiser, tokenizer: letters }, params: shape, prompt: [1, 0], seed };
        const events = await lastValueFrom(run(pipeline(name), request).pipe(toArray()));
        const last = events.at(-1);
        if (last?.type !== 'finished') throw new Error(JSON.stringify(last));
        const [row] = last.rows;
        const committed = events.flatMap((event) => (event.type === 'committed' ? event.tokens : []));
        expect(committed).toEqual(row?.tokens.slice(2));
        expect(row?.ended).toBe(committed.includes(1));
        if (row?.ended === true) expect(committed.indexOf(1)).toBe(committed.length - 1);
        ended += Number(row?.ended);
      }
    }
    expect(ended).toBeGreaterThan(10);
  });
});

describe('a model whose tokenizer could not be had', () => {
  const warnings = ['the tokenizer cannot be fetched'];

  it('says why text is refused, once', () => {
    const bare = { ...model, tokenizer: null, warnings };
    expect(refusal({ model: bare, prompts: ['a', 'b'] })).toMatch(/prompt 0 must be given as token ids/);
    expect(refusal({ model: bare, prompts: ['a', 'b'] }).split('cannot be fetched')).toHaveLength(2);
    expect(refusal({ model: bare, prompt: [0], length: 99 })).not.toContain('cannot be fetched');
  });

  it('says why a row has no BOS to begin with', () => {
    const denoiser = lumpyDenoiser({ ...absorbingManifest, predicts: 'next-token' });
    const message = refusal({ model: { denoiser, tokenizer: null, warnings }, params: {} }, 'ar');
    expect(message).toMatch(/has no BOS.*\n.*cannot be fetched/);
  });
});

it('gives out half a character that an end of sequence leaves behind', async () => {
  const eosId = 2;
  const next = (prefix: readonly number[]): number[] =>
    [0, 1, 2, 3, 4].map((id) => (id === (prefix.length === 1 ? 0 : eosId) ? 1 : 0));
  const denoiser = new TableDenoiser(
    { ...absorbingManifest, eosId },
    (prefix, noisy) => noisy.map(() => next(prefix)),
    next,
  );
  const tokenizer: Tokenizer = {
    ...letters,
    decode: (tokens) => tokens.map((id) => ['\ufffd', 'x', ''][id] ?? '?').join(''),
  };
  const events = await lastValueFrom(
    run(pipeline('ar'), { model: { denoiser, tokenizer }, prompt: [1] }).pipe(toArray()),
  );
  expect(events.flatMap((event) => (event.type === 'committed' ? [event.text] : []))).toEqual(['', '\ufffd']);
  expect(events.at(-1)).toMatchObject({ type: 'finished', rows: [{ text: 'x\ufffd', ended: true }] });
});
