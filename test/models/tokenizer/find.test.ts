import { cp, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../../src/graph/input-error.js';
import { createCharacterTokenizer } from '../../../src/models/tokenizer/character.js';
import { findTokenizer, type FetchTokenizer } from '../../../src/models/tokenizer/find.js';
import { withPadding } from '../../../src/models/tokenizer/padding.js';

const fixtures = fileURLToPath(new URL('../../fixtures/tokenizers/', import.meta.url));
const emptyFolder = () => mkdtemp(join(tmpdir(), 'samplewire-find-'));

const unreachable: FetchTokenizer = () => Promise.reject(new InputError('The hub cannot be reached.'));

/** A hub with the GPT-2-like tokenizer under every name; what was asked for is noted. */
function hub(): { readonly fetch: FetchTokenizer; readonly asked: string[] } {
  const asked: string[] = [];
  const fetch: FetchTokenizer = (reference) => {
    asked.push(reference);
    return Promise.resolve(join(fixtures, 'gpt2-like'));
  };
  return { fetch, asked };
}

describe('the tokenizer of a checkpoint', () => {
  it.each([
    [50257, 'hf:openai-community/gpt2'],
    [50258, 'hf:openai-community/gpt2'],
    [49152, 'hf:HuggingFaceTB/SmolLM-135M'],
    [49153, 'hf:HuggingFaceTB/SmolLM-135M'],
    [30522, 'hf:google-bert/bert-base-uncased'],
  ])('with %i ids and no tokenizer.json comes from %s', async (vocabularySize, reference) => {
    const { fetch, asked } = hub();
    const { loaded, warnings } = await findTokenizer(
      { folder: await emptyFolder(), given: undefined, vocabularySize },
      fetch,
    );
    expect(asked).toEqual([reference]);
    expect(loaded?.tokenizer.vocabularySize).toBe(421);
    expect(warnings).toEqual([]);
  });

  it.each([23, 50256, 50259, 49154])('with %i ids is not guessed', async (vocabularySize) => {
    const { fetch, asked } = hub();
    const query = { folder: await emptyFolder(), given: undefined, vocabularySize };
    expect(await findTokenizer(query, fetch)).toEqual({ loaded: null, warnings: [] });
    expect(asked).toEqual([]);
  });

  it('that cannot be fetched is missed with a sentence on how to give one', async () => {
    const folder = await emptyFolder();
    const { loaded, warnings } = await findTokenizer({ folder, given: undefined, vocabularySize: 50258 }, unreachable);
    expect(loaded).toBeNull();
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(
      /no tokenizer\.json.*vocabulary of 50258 is that of GPT-2.*The hub cannot be reached\./,
    );
    expect(warnings[0]).toMatch(/Rows are token ids;.*--tokenizer DIR or hf:org\/repo/);
  });

  it('lies in its folder before anything is guessed', async () => {
    const folder = await emptyFolder();
    await cp(join(fixtures, 'smollm-like'), folder, { recursive: true });
    const { fetch, asked } = hub();
    const { loaded } = await findTokenizer({ folder, given: undefined, vocabularySize: 50258 }, fetch);
    expect(loaded?.tokenizer.vocabularySize).toBe(420);
    expect(asked).toEqual([]);
  });

  it('is the one that was named, before all others: a folder or a repository', async () => {
    const folder = await emptyFolder();
    await writeFile(join(folder, 'tokenizer.json'), JSON.stringify(createCharacterTokenizer('ab').toJson()));
    const { fetch, asked } = hub();
    const query = { folder, vocabularySize: 23 };
    const near = await findTokenizer({ ...query, given: join(fixtures, 'smollm-like') }, fetch);
    expect(near.loaded?.tokenizer.vocabularySize).toBe(420);
    const far = await findTokenizer({ ...query, given: 'hf:some/one@v1' }, fetch);
    expect(far.loaded?.tokenizer.vocabularySize).toBe(421);
    expect(asked).toEqual(['hf:some/one@v1']);
  });

  it('that was named and is not there is an error, not a warning', async () => {
    const folder = await emptyFolder();
    const query = { folder, vocabularySize: 50258 };
    await expect(findTokenizer({ ...query, given: folder }, unreachable)).rejects.toThrow(InputError);
    await expect(findTokenizer({ ...query, given: folder }, unreachable)).rejects.toThrow(/no file tokenizer\.json in/);
    await expect(findTokenizer({ ...query, given: 'hf:some/one' }, unreachable)).rejects.toThrow(/cannot be reached/);
  });
});

describe('padding behind the ids of a tokenizer', () => {
  it('has no text', () => {
    const padded = withPadding(createCharacterTokenizer('ab'), 2);
    expect(padded.decode([0, 2, 1, 2, 2])).toBe('ab');
    expect(padded.decode([0, 3])).toBe('a\ufffd');
  });
});
