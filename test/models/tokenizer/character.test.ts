import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../../src/graph/input-error.js';
import { createCharacterTokenizer } from '../../../src/models/tokenizer/character.js';
import { parseCharacterTokenizer } from '../../../src/models/tokenizer/character-json.js';
import { loadTokenizer } from '../../../src/models/tokenizer/load.js';

const alphabet = fc.uniqueArray(fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }), {
  minLength: 1,
  maxLength: 60,
});

describe('a character tokenizer', () => {
  it('gives back every text in its characters, also when read from its JSON', () => {
    fc.assert(
      fc.property(
        alphabet.chain((characters) =>
          fc.tuple(fc.constant(characters), fc.array(fc.constantFrom(...characters), { maxLength: 30 })),
        ),
        ([characters, picked]) => {
          const tokenizer = createCharacterTokenizer(characters);
          const text = picked.join('');
          const ids = tokenizer.encode(text);
          expect(ids).toEqual(picked.map((character) => characters.indexOf(character)));
          expect(tokenizer.decode(ids)).toBe(text);
          const again = parseCharacterTokenizer(JSON.parse(JSON.stringify(tokenizer.toJson())), 'x');
          expect(again.characters).toEqual(characters);
          expect(again.encode(text)).toEqual(ids);
        },
      ),
      { seed: 4 },
    );
  });

  it('keeps the ids of digits, which objects put first', () => {
    const tokenizer = createCharacterTokenizer('b1a0');
    const again = parseCharacterTokenizer(JSON.parse(JSON.stringify(tokenizer.toJson())), 'x');
    expect(again.encode('b1a0')).toEqual([0, 1, 2, 3]);
  });

  it('names an unknown character, its place and what is known', () => {
    const tokenizer = createCharacterTokenizer('\nab');
    expect(() => tokenizer.encode('ab💥a')).toThrow(InputError);
    expect(() => tokenizer.encode('ab💥a')).toThrow('does not know "💥" (character 3 of the text). It knows "\\nab".');
  });

  it('decodes ids that are no characters as asked', () => {
    const tokenizer = createCharacterTokenizer('ab');
    expect(tokenizer.decode([0, 2, 1])).toBe('a\ufffdb');
    expect(tokenizer.decode([0, 2, 1], '_')).toBe('a_b');
    expect(tokenizer.vocabularySize).toBe(2);
  });

  it('refuses an alphabet with a repetition or with pieces', () => {
    expect(() => createCharacterTokenizer('aba')).toThrow(/"a" twice/);
    expect(() => createCharacterTokenizer(['ab'])).toThrow(/no place for "ab"/);
  });
});

describe('loadTokenizer', () => {
  const json = createCharacterTokenizer('ab').toJson();
  const folderWith = async (content: string) => {
    const folder = await mkdtemp(join(tmpdir(), 'samplewire-tokenizer-'));
    await writeFile(join(folder, 'tokenizer.json'), content);
    return folder;
  };

  it('reads a folder with and without one', async () => {
    const loaded = await loadTokenizer(await folderWith(JSON.stringify(json)));
    expect(loaded?.tokenizer.encode('ba')).toEqual([1, 0]);
    expect(loaded?.special).toEqual({ bosId: null, eosId: null, maskId: null });
    expect(await loadTokenizer(await mkdtemp(join(tmpdir(), 'samplewire-tokenizer-')))).toBeNull();
  });

  it.each([
    ['text', 'not json', /not JSON/],
    ['no tokenizer', '{"version":"1.0"}', /not a tokenizer of a known kind/],
    [
      'an unknown kind',
      JSON.stringify({ ...json, model: { type: 'Runes', vocab: { a: 0 } } }),
      /known kind \(model\.type: BPE, WordPiece, Unigram, WordLevel\)/,
    ],
    ['words', JSON.stringify({ ...json, pre_tokenizer: { type: 'Whitespace' } }), /differs at pre_tokenizer/],
    ['a gap in the ids', JSON.stringify({ ...json, model: { ...json.model, vocab: { a: 0, b: 2 } } }), /"b" has 2/],
    ['an id twice', JSON.stringify({ ...json, model: { ...json.model, vocab: { a: 0, b: 0 } } }), /0 to 1, each once/],
    ['whole words', JSON.stringify({ ...json, model: { ...json.model, vocab: { ab: 0 } } }), /"ab"/],
  ])('refuses %s', async (_, content, message) => {
    const folder = await folderWith(content);
    await expect(loadTokenizer(folder)).rejects.toThrow(InputError);
    await expect(loadTokenizer(folder)).rejects.toThrow(message);
  });
});
