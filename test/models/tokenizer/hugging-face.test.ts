import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createHuggingFaceTokenizer } from '../../../src/models/tokenizer/hugging-face.js';
import { loadTokenizer } from '../../../src/models/tokenizer/load.js';
import type { LoadedTokenizer } from '../../../src/models/tokenizer/parse.js';
import { InputError } from '../../../src/graph/input-error.js';
import { withinTime } from '../../../src/platform/within-time.js';

const fixtures = fileURLToPath(new URL('../../fixtures/tokenizers/', import.meta.url));
const ids = z.array(z.number());
const expectedSchema = z.object({
  texts: z.array(z.object({ text: z.string(), ids, decoded: z.string() })).nonempty(),
  rows: z.array(z.object({ ids, decoded: z.string() })).nonempty(),
});

async function open(name: string): Promise<LoadedTokenizer> {
  const loaded = await loadTokenizer(join(fixtures, name));
  if (loaded === null) throw new Error(`no tokenizer ${name}`);
  return loaded;
}

describe.each([
  ['gpt2-like', 421, { bosId: 420, eosId: 420, maskId: null }],
  ['smollm-like', 420, { bosId: 0, eosId: 0, maskId: null }],
  ['bert-like', 300, { bosId: 2, eosId: 3, maskId: 4 }],
])('the tokenizer %s', (name, size, special) => {
  it('encodes and decodes odd texts as the reference implementation does', async () => {
    const { tokenizer } = await open(name);
    const { texts } = expectedSchema.parse(JSON.parse(await readFile(join(fixtures, name, 'expected.json'), 'utf8')));
    for (const each of texts) {
      expect({ ...each, ids: tokenizer.encode(each.text) }).toEqual(each);
      expect({ ...each, decoded: tokenizer.decode(each.ids) }).toEqual(each);
    }
  });

  it('decodes any ids as the reference implementation does', async () => {
    const { tokenizer } = await open(name);
    const { rows } = expectedSchema.parse(JSON.parse(await readFile(join(fixtures, name, 'expected.json'), 'utf8')));
    for (const each of rows) expect({ ...each, decoded: tokenizer.decode(each.ids) }).toEqual(each);
  });

  it('knows its size and its special ids, which have no text', async () => {
    const { tokenizer, special: found } = await open(name);
    expect(tokenizer.vocabularySize).toBe(size);
    expect(found).toEqual(special);
    const { bosId, eosId } = special;
    const text = tokenizer.encode('text');
    expect(tokenizer.decode([bosId, ...text, eosId])).toBe('text');
    expect(tokenizer.decode([bosId])).toBe('');
    expect(tokenizer.decode([])).toBe('');
  });

  it('decodes ids that it does not have as asked', async () => {
    const { tokenizer } = await open(name);
    const text = tokenizer.encode('text');
    expect(tokenizer.decode([...text, size, ...text, size + 1000])).toBe('text\ufffdtext\ufffd');
    expect(tokenizer.decode([size, ...text], '_')).toBe('_text');
  });

  it('changes nothing in the text of a row when it grows but U+FFFD at its end', async () => {
    const { tokenizer } = await open(name);
    fc.assert(
      fc.property(fc.array(fc.nat(size - 1), { maxLength: 12 }), fc.nat(size - 1), (row, next) => {
        const settled = tokenizer.decode(row).replace(/\ufffd+$/, '');
        expect(tokenizer.decode([...row, next]).startsWith(settled)).toBe(true);
      }),
      { seed: 3, numRuns: 500 },
    );
  });
});

describe('a byte-level tokenizer', () => {
  it.each(['gpt2-like', 'smollm-like'])('%s gives back every text', async (name) => {
    const { tokenizer } = await open(name);
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (text) => {
        expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
      }),
      { seed: 5, numRuns: 300 },
    );
  });

  it('splits emoji and CJK characters over tokens, which is what makes streaming hard', async () => {
    const { tokenizer } = await open('gpt2-like');
    const tokens = tokenizer.encode('中🦩');
    expect(tokens.length).toBeGreaterThan(2);
    expect(tokenizer.decode(tokens.slice(0, 1))).toBe('\ufffd');
  });

  it('refuses a text with a character that it has no token for', () => {
    const files = {
      tokenizer: { model: { type: 'WordPiece', vocab: { a: 0 }, unk_token: '[UNK]', continuing_subword_prefix: '##' } },
      config: {},
    };
    const tokenizer = createHuggingFaceTokenizer(files, 'here', withinTime);
    expect(tokenizer.encode('a')).toEqual([0]);
    expect(() => tokenizer.encode('ab')).toThrow(InputError);
    expect(() => tokenizer.encode('ab')).toThrow('The tokenizer has no token for "b".');
  });

  it('that the library cannot read is refused with its place', () => {
    const files = {
      tokenizer: { model: { type: 'BPE', vocab: {}, merges: [] }, decoder: { type: 'Rot13' } },
      config: {},
    };
    expect(() => createHuggingFaceTokenizer(files, 'x/tokenizer.json', withinTime)).toThrow(InputError);
    expect(() => createHuggingFaceTokenizer(files, 'x/tokenizer.json', withinTime)).toThrow(
      /^x\/tokenizer\.json is not a tokenizer that can be read \(.*Rot13.*\)/,
    );
  });
});
