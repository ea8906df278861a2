import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { formatOf, requestOf, speedOf } from '../../../src/cli/commands/run-options.js';
import { standardNodes } from '../../../src/nodes/standard.js';
import { readPipeline } from '../../../src/runtime/pipeline-file.js';
import { fakeSession } from '../fake-session.js';

const file = path.join(import.meta.dirname, '../../../pipelines/arpc.json');
const { graph } = readPipeline(file, standardNodes);
const none = {};

describe('requestOf', () => {
  it('leaves to the run what no flag says', () => {
    const { params, ...rest } = requestOf(none, graph);
    expect(rest).toEqual({});
    expect(params).toMatchObject({ steps: 16, score: 'nll' });
  });

  it('turns flags into a request', () => {
    const flags = {
      set: ['steps=4', 'score=entropy', 'temperature=0.5', 'steps=8'],
      rows: '3',
      length: '64',
      seed: '7',
    };
    expect(requestOf({ ...flags, promptTokens: '1, 2,3' }, graph)).toMatchObject({
      params: { steps: 8, score: 'entropy', temperature: 0.5, blockSize: 16 },
      rows: 3,
      length: 64,
      seed: 7,
      prompt: [1, 2, 3],
    });
    expect(requestOf({ ...none, prompt: '' }, graph).prompt).toBe('');
  });

  it('limits what the run may cost', () => {
    expect(requestOf({ ...none, maxForwards: '20' }, graph).limits).toEqual({ forwards: 20 });
    expect(requestOf({ ...none, maxTime: '1.5' }, graph).limits).toEqual({ milliseconds: 1500 });
    expect(requestOf({ ...none, maxForwards: '1', maxTime: '3' }, graph).limits).toEqual({
      forwards: 1,
      milliseconds: 3000,
    });
    for (const maxTime of ['', '0', '-1', 'x', 'Infinity', '1e7']) {
      expect(() => requestOf({ ...none, maxTime, maxForwards: '0' }, graph)).toThrow(
        /--max-forwards [^]*--max-time must be seconds/,
      );
    }
  });

  it('tells everything that is wrong at once', () => {
    const flags = {
      set: ['stps=4', 'score=best'],
      rows: '0',
      length: '1.5',
      seed: '-1',
      prompt: 'a',
      promptTokens: '1',
    };
    expect(() => requestOf(flags, graph)).toThrow(
      /no parameter "stps": it has .*steps.*; did you mean "steps"\?[^]*score[^]*nll[^]*--rows[^]*"0"[^]*--length[^]*"1.5"[^]*--seed[^]*"-1"[^]*--prompt /,
    );
  });

  it.each(['1,,2', 'a', '1;2', '-1', '1.5', ''])('refuses %j as token ids', (promptTokens) => {
    expect(() => requestOf({ ...none, promptTokens }, graph)).toThrow(/--prompt-tokens .* as in 1,2,3/);
  });
});

describe('the text that rows begin with', () => {
  const edit = readPipeline(path.join(import.meta.dirname, '../../../pipelines/edit.json'), standardNodes).graph;

  it('has holes of so many tokens', () => {
    const template = (infill: string): unknown => requestOf({ infill }, graph).template;
    expect(template('ROMEO: {{20}} love{{5}}')).toEqual(['ROMEO: ', 20, ' love', 5]);
    expect(template('{{ 3 }}{{1}}{a} b}')).toEqual([3, 1, '{a} b}']);
  });

  it.each(['a{{', 'a}}b{{3}}', '{{x}}', '{{}}', '{{0}}', '{{-1}}', '{{1.5}}', '{{3', 'a', ''])(
    'is refused with the holes of %j',
    (infill) => {
      expect(() => requestOf({ infill }, graph)).toThrow(/--infill has .* as in --infill 'ROMEO: \{\{20\}\} love'/);
    },
  );

  it('is given in one way', () => {
    const both = { infill: 'a{{3}}', prompt: 'a', source: 'b', sourceFile: file };
    expect(() => requestOf(both, graph)).toThrow(/--prompt and --infill .*one of them[^]*--source and --source-file/);
  });

  it('may be one to start from, where a pipeline takes that, and only there', () => {
    expect(requestOf({ source: 'ab' }, edit).source).toBe('ab');
    expect(requestOf({ sourceFile: import.meta.filename }, edit).source).toMatch(/^import path[^]*\n$/);
    expect(() => requestOf({ source: 'ab' }, graph)).toThrow(/arpc: it starts from no text/);
    expect(() => requestOf({}, edit)).toThrow(/edit: it starts from a text; .*--source/);
    expect(() => requestOf({ sourceFile: 'nowhere.txt' }, edit)).toThrow(/--source-file nowhere.txt cannot be read/);
    const weights = path.join(import.meta.dirname, '../../fixtures/parity/dit-ar/model.safetensors');
    expect(() => requestOf({ sourceFile: weights }, edit)).toThrow(/is not UTF-8 text/);
  });
});

describe('formatOf', () => {
  it('shows a run where there is a terminal, and writes text elsewhere', () => {
    expect(formatOf(none, fakeSession({ isTTY: true }))).toBe('live');
    expect(formatOf(none, fakeSession())).toBe('text');
    expect(formatOf(none, fakeSession({ isTTY: true, environment: { TERM: 'dumb' } }))).toBe('text');
    expect(formatOf({ ...none, format: 'jsonl' }, fakeSession({ isTTY: true }))).toBe('jsonl');
  });

  it('refuses a show without a terminal', () => {
    expect(() => formatOf({ ...none, format: 'live' }, fakeSession())).toThrow('--format live needs a terminal');
  });
});

describe('speedOf', () => {
  it('takes steps a second', () => {
    expect([speedOf(none), speedOf({ ...none, speed: '0' }), speedOf({ ...none, speed: '2.5' })]).toEqual([
      null,
      0,
      2.5,
    ]);
  });

  it.each(['fast', '-1', ''])('refuses %j', (speed) => {
    expect(() => speedOf({ ...none, speed })).toThrow(`--speed must be steps a second, 0 or more, not "${speed}"`);
  });
});
