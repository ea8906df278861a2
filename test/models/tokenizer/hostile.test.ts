import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { InputError } from '../../../src/graph/input-error.js';
import { createHuggingFaceTokenizer } from '../../../src/models/tokenizer/hugging-face.js';
import { withinTime } from '../../../src/platform/within-time.js';

const folder = mkdtempSync(join(tmpdir(), 'samplewire-hostile-tokenizers-'));
afterAll(() => rmSync(folder, { recursive: true }));

const model = { type: 'BPE', vocab: { a: 0, b: 1 }, merges: [], unk_token: 'b' };
/** Takes for ever over a row of letters a that does not end there. */
const catastrophic = { Regex: '^(a+)+$' };
const replaceAll = (content: string) => ({ type: 'Replace', pattern: { String: 'a' }, content });
const growing = { type: 'Sequence', normalizers: Array.from({ length: 30 }, () => replaceAll('aa')) };

/** Parts of tokenizer.json, and what is said of them. */
const hostile: Readonly<Record<string, readonly [parts: object, end: RegExp]>> = {
  splitting: [
    {
      pre_tokenizer: {
        type: 'Sequence',
        pretokenizers: [{ type: 'Split', pattern: catastrophic, behavior: 'Isolated' }],
      },
    },
    /splitting\/tokenizer\.json: encoding 61 characters takes longer than 4 s at pre_tokenizer\.pretokenizers\[0\]\.pattern "\^\(a\+\)\+\$"; take another tokenizer/,
  ],
  normalizing: [
    { normalizer: { type: 'Replace', pattern: catastrophic, content: '' } },
    /encoding 61 characters takes longer than 4 s at normalizer\.pattern/,
  ],
  decoding: [
    {
      model: { ...model, vocab: { ['a'.repeat(60)]: 0, b: 1 } },
      decoder: {
        type: 'Sequence',
        decoders: [{ type: 'Fuse' }, { type: 'Replace', pattern: catastrophic, content: '' }],
      },
    },
    /decoding 2 tokens takes longer than 4 s at decoder\.decoders\[1\]\.pattern/,
  ],
  growing: [{ normalizer: growing }, /a text grows without bound at normalizer\.normalizers\[1\d\]\.pattern "a"/],
  'growing pieces': [
    { pre_tokenizer: { type: 'Sequence', pretokenizers: growing.normalizers } },
    /a text grows without bound at pre_tokenizer\.pretokenizers\[1\d\]\.pattern "a"/,
  ],
  'growing as it is decoded': [
    { decoder: { type: 'Sequence', decoders: growing.normalizers } },
    /a text grows without bound at decoder\.decoders\[\d\d\]\.pattern "a"/,
  ],
  'growing at once': [
    { normalizer: { type: 'Sequence', normalizers: [replaceAll('a'.repeat(1e6)), replaceAll('a'.repeat(1e6))] } },
    /a text grows without bound at normalizer\.normalizers\[0\]/,
  ],
  'standing still': [
    { pre_tokenizer: { type: 'FixedLength', length: 0 } },
    /pre_tokenizer\.length must be 1 or more, not 0/,
  ],
  'longer than strings are': [
    { normalizer: replaceAll('a'.repeat(1e7)) },
    /encoding 61 characters fails at normalizer\.pattern "a" \(Invalid string length\)/,
  ],
};

describe('a hostile tokenizer.json', () => {
  it('is refused in bounded time and memory, with the part that is hostile', async () => {
    const folders = Object.entries(hostile).map(([name, [parts]]) => {
      mkdirSync(join(folder, name));
      writeFileSync(join(folder, name, 'tokenizer.json'), JSON.stringify({ model, ...parts }));
      return join(folder, name);
    });
    // A process of its own, which can be killed where it hangs.
    const script = ['--import', './scripts/typescript.mjs', 'test/models/tokenizer/support/try-tokenizers.ts'];
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--max-old-space-size=1000', ...script, JSON.stringify(folders), `${'a'.repeat(60)}!`],
      { timeout: 60_000, killSignal: 'SIGKILL' },
    );
    const ends = stdout
      .trim()
      .split('\n')
      .map((line): readonly string[] => JSON.parse(line));
    expect(ends.map((steps) => steps.at(-1))).toEqual(
      Object.values(hostile).map(([, end]) => expect.stringMatching(end)),
    );
    for (const steps of ends) expect(steps.at(-1)).toMatch(/^InputError: /);
  }, 70_000);

  it('is refused where opening it takes too long', () => {
    const files = {
      tokenizer: {
        model,
        normalizer: { type: 'Replace', pattern: catastrophic, content: '' },
        added_tokens: [{ id: 2, content: `${'a'.repeat(60)}!`, normalized: true }],
      },
      config: {},
    };
    expect(() => createHuggingFaceTokenizer(files, 'here', (_, work) => withinTime(50, work))).toThrow(
      /^here: opening it takes longer than 30 s; take another tokenizer/,
    );
  });

  it('is asked no more once it has run out of time', () => {
    const files = { tokenizer: { model, pre_tokenizer: { type: 'Split', pattern: catastrophic } }, config: {} };
    let calls = 0;
    const tokenizer = createHuggingFaceTokenizer(files, 'here', (milliseconds, work) => {
      calls += 1;
      return calls === 1 ? { value: work() } : withinTime(Math.min(milliseconds, 50), work);
    });
    const message = /^here: encoding 61 characters takes longer/;
    expect(() => tokenizer.encode(`${'a'.repeat(60)}!`)).toThrow(message);
    expect(calls).toBe(2);
    expect(() => tokenizer.encode('a')).toThrow(message);
    expect(calls).toBe(2);
  });

  it('is asked for no text that no row has room for', () => {
    const tokenizer = createHuggingFaceTokenizer({ tokenizer: { model }, config: {} }, 'here', withinTime);
    expect(tokenizer.encode('ab'.repeat(500_000))).toHaveLength(1_000_000);
    expect(() => tokenizer.encode('a'.repeat(1_000_001))).toThrow(
      new InputError('A text of 1000001 characters is not encoded; it may have 1000000 at most.'),
    );
  });

  it('costs tokenizers without patterns no clock as they decode', () => {
    const decoder = {
      type: 'Sequence',
      decoders: [{ type: 'Replace', pattern: { String: 'a' }, content: ' ' }, { type: 'Fuse' }],
    };
    let timed = 0;
    const tokenizer = createHuggingFaceTokenizer({ tokenizer: { model, decoder }, config: {} }, 'here', (_, work) => {
      timed += 1;
      return { value: work() };
    });
    expect(timed).toBe(1);
    expect(tokenizer.decode([0, 1])).toBe(' b');
    expect(timed).toBe(1);
  });
});
