import { lastValueFrom, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/graph/input-error.js';
import type { ModelManifest } from '../../src/graph/manifest.js';
import type { Tokenizer } from '../../src/models/denoiser.js';
import { createCharacterTokenizer } from '../../src/models/tokenizer/character.js';
import type { RunRequest } from '../../src/runtime/request.js';
import { run } from '../../src/runtime/run.js';
import { absorbingManifest } from '../../src/testing/context.js';
import { lumpyDenoiser } from '../../src/testing/table-denoiser.js';
import { pipeline } from '../support/pipelines.js';

const bos = 1;
const letters = createCharacterTokenizer('a^b');
/** `^` is the BOS: it can be written, and it has no text. */
const tokenizer: Tokenizer = {
  ...letters,
  decode: (tokens) => letters.decode(tokens.filter((token) => token !== bos)),
};

async function rowsOf(
  request: Omit<RunRequest, 'model'>,
  changes: Partial<ModelManifest> = {},
  name = 'block-ancestral',
) {
  const denoiser = lumpyDenoiser({ ...absorbingManifest, bosId: bos, ...changes });
  const events = await lastValueFrom(
    run(pipeline(name), { ...request, model: { denoiser, tokenizer } }).pipe(toArray()),
  );
  const started = events.find((event) => event.type === 'started');
  const last = events.at(-1);
  if (started?.type !== 'started' || last?.type !== 'finished') throw new Error(JSON.stringify(last));
  return { prompts: started.rows.map(({ prompt }) => prompt), rows: last.rows, tokens: last.statistics.tokens, events };
}

describe('a row of a model with a BOS', () => {
  it('begins with it, given and not generated, also where nothing else is given', async () => {
    const { prompts, rows, tokens } = await rowsOf({ rows: 2, length: 5 });
    expect(prompts).toEqual([[bos], [bos]]);
    for (const row of rows) {
      expect(row.tokens).toHaveLength(5);
      expect(row.tokens[0]).toBe(bos);
      expect(row.promptLength).toBe(1);
    }
    expect(tokens).toBe(8);
  });

  it('has it before a text, once', async () => {
    const { prompts } = await rowsOf({ prompts: ['ab', '^ab', ''], length: 6 });
    expect(prompts).toEqual([[bos, 0, 2], [bos, 0, 2], [bos]]);
  });

  it('shows no text of it, in what is committed either', async () => {
    const { rows, events } = await rowsOf({ prompt: 'ab', length: 6 });
    const committed = events.map((event) => (event.type === 'committed' ? event.text : '')).join('');
    expect(rows[0]?.text).toBe(`ab${committed}`);
  });

  it('is not touched where its beginning is given as token ids', async () => {
    expect((await rowsOf({ prompt: [0, 2], length: 5 })).prompts).toEqual([[0, 2]]);
    expect((await rowsOf({ prompt: [], length: 5 })).prompts).toEqual([[bos]]);
  });

  it('has it before a template, unless that begins with token ids', async () => {
    expect((await rowsOf({ template: [1, 'a', 1] })).rows[0]?.tokens[0]).toBe(bos);
    const infilled = (await rowsOf({ template: [1, 'a', 1] })).rows[0]?.tokens ?? [];
    expect(infilled).toHaveLength(4);
    expect(infilled[2]).toBe(0);
    expect((await rowsOf({ template: [[0], 2] })).prompts).toEqual([[0]]);
  });

  it('counts it among the tokens of the row', () => {
    const denoiser = lumpyDenoiser({ ...absorbingManifest, bosId: bos });
    const request = { model: { denoiser, tokenizer }, prompt: 'ab', length: 3 };
    expect(() => run(pipeline('ar'), request)).toThrow(InputError);
    expect(() => run(pipeline('ar'), request)).toThrow(/the prompt has 3 tokens and leaves nothing to generate/);
  });
});

describe('a row of a model without a BOS', () => {
  it('begins with what is given', async () => {
    const { prompts } = await rowsOf({ prompts: ['ab', ''], length: 5 }, { bosId: null });
    expect(prompts).toEqual([[0, 2], []]);
  });
});
