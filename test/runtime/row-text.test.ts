import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Tokenizer } from '../../src/models/denoiser.js';
import { createCharacterTokenizer } from '../../src/models/tokenizer/character.js';
import { loadTokenizer } from '../../src/models/tokenizer/load.js';
import { RowText } from '../../src/runtime/row-text.js';

const fixtures = fileURLToPath(new URL('../fixtures/tokenizers/', import.meta.url));
const open = async (name: string): Promise<Tokenizer> => {
  const loaded = await loadTokenizer(join(fixtures, name));
  if (loaded === null) throw new Error(`no tokenizer ${name}`);
  return loaded.tokenizer;
};

/** The pieces of a row that grows by these tokens, and its end. */
function piecesOf(tokenizer: Pick<Tokenizer, 'decode'>, added: readonly (readonly number[])[]): string[] {
  const row = new RowText(tokenizer);
  return [...added.map((tokens) => row.add(tokens)), row.end()];
}

const added = (size: number) => fc.array(fc.array(fc.nat(size - 1), { maxLength: 5 }), { maxLength: 12 });

describe('the text of a growing row', () => {
  it.each(['gpt2-like', 'smollm-like', 'bert-like'])(
    'is the text of the whole row, however it grows and whatever its ids are (%s)',
    async (name) => {
      const tokenizer = await open(name);
      fc.assert(
        fc.property(added(tokenizer.vocabularySize), (parts) => {
          expect(piecesOf(tokenizer, parts).join('')).toBe(tokenizer.decode(parts.flat()));
        }),
        { seed: 11, numRuns: 600 },
      );
    },
  );

  it.each(['gpt2-like', 'smollm-like'])('never shows half a character of a good text (%s)', async (name) => {
    const tokenizer = await open(name);
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 20 }), fc.integer({ min: 1, max: 3 }), (text, step) => {
        const tokens = tokenizer.encode(text);
        const parts = tokens.flatMap((_, i) => (i % step === 0 ? [tokens.slice(i, i + step)] : []));
        const pieces = piecesOf(tokenizer, parts);
        expect(pieces.join('')).toBe(text);
        expect(pieces.at(-1)).toBe('');
        fc.pre(!text.includes('\ufffd'));
        expect(pieces.join('|')).not.toContain('\ufffd');
      }),
      { seed: 12, numRuns: 300 },
    );
  });

  it('holds back a character until its last token, and shows what is never completed at the end', async () => {
    const tokenizer = await open('gpt2-like');
    const flamingo = tokenizer.encode('🦩');
    const alone = piecesOf(
      tokenizer,
      flamingo.map((token) => [token]),
    );
    expect(alone).toEqual([...flamingo.slice(1).map(() => ''), '🦩', '']);
    const [first = 0] = flamingo;
    const letter = tokenizer.encode('x');
    expect(piecesOf(tokenizer, [letter, [first], letter])).toEqual(['x', '', '\ufffdx', '']);
    expect(piecesOf(tokenizer, [letter, [...letter, first]])).toEqual(['x', 'x', '\ufffd']);
  });

  it('goes on behind a prompt, whose text is not given out again', async () => {
    const tokenizer = await open('gpt2-like');
    const tokens = tokenizer.encode('ab🦩cd');
    for (let split = 0; split <= tokens.length; split += 1) {
      const prompt = new RowText(tokenizer);
      const shown = prompt.add(tokens.slice(0, split));
      const row = new RowText(tokenizer, tokens.slice(0, split));
      expect(shown + row.add(tokens.slice(split)) + row.end()).toBe('ab🦩cd');
    }
  });

  it('keeps the space of a word behind an end of sequence, where a tokenizer strips that of the first word', () => {
    const words = ['\u2581one', '\u2581two', ''];
    const decode = (tokens: readonly number[]) =>
      tokens
        .map((token) => words[token] ?? '')
        .join('')
        .replaceAll('\u2581', ' ')
        .replace(/^ /, '');
    expect(piecesOf({ decode }, [[0], [2], [1], [1]])).toEqual(['one', '', ' two', ' two', '']);
  });

  it('gives nothing out twice, where a decoder takes a whole run of bytes back until its end is there', () => {
    const decode = (bytes: readonly number[]) => {
      try {
        return new TextDecoder('utf-8', { fatal: true }).decode(Uint8Array.from(bytes));
      } catch {
        return '\ufffd'.repeat(bytes.length);
      }
    };
    const bytes = [...new TextEncoder().encode('你好吗')];
    const pieces = piecesOf(
      { decode },
      bytes.map((byte) => [byte]),
    );
    expect(pieces).toEqual(['', '', '你', '', '', '好', '', '', '吗', '']);
  });

  it('decodes only what is new, not the whole row again and again', () => {
    let decoded = 0;
    const tokenizer = createCharacterTokenizer('ab');
    const row = new RowText({
      decode: (tokens) => {
        decoded += tokens.length;
        return tokenizer.decode(tokens);
      },
    });
    for (let i = 0; i < 1000; i += 1) row.add([i % 2]);
    expect(decoded).toBeLessThan(4000);
  });
});
