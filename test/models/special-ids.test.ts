import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/graph/input-error.js';
import { openModel } from '../../src/models/open-model.js';
import { specialIdsOf } from '../../src/models/tokenizer/special-ids.js';
import { writeModel } from './support/random-model.js';

const fixtures = fileURLToPath(new URL('../fixtures/tokenizers/', import.meta.url));

async function open(name: string, vocabulary: number, process: 'absorbing' | 'uniform', config: object = {}) {
  const folder = await writeModel({ vocabulary, process, layers: 1 });
  const path = join(folder, 'config.json');
  const written: object = JSON.parse(await readFile(path, 'utf8'));
  await writeFile(path, JSON.stringify({ ...written, ...config }));
  const { denoiser, tokenizer } = await openModel(folder, { tokenizer: join(fixtures, name) });
  denoiser.dispose();
  return { manifest: denoiser.manifest, tokenizer };
}

describe('the special ids of a model', () => {
  it('are those of its tokenizer, and the mask comes behind them', async () => {
    const { manifest } = await open('gpt2-like', 422, 'absorbing');
    expect(manifest).toMatchObject({ bosId: 420, eosId: 420, maskId: 421 });
  });

  it('have no mask where noise is uniform; what comes behind the tokenizer is padding and has no text', async () => {
    const { manifest, tokenizer } = await open('smollm-like', 421, 'uniform');
    expect(manifest).toMatchObject({ bosId: 0, eosId: 0, maskId: null });
    expect(tokenizer?.decode([...tokenizer.encode('end'), 420, 420])).toBe('end');
    expect((await open('smollm-like', 420, 'uniform')).manifest.maskId).toBeNull();
  });

  it("have the tokenizer's own mask where it has one, as BERT's", async () => {
    expect((await open('bert-like', 300, 'absorbing')).manifest).toMatchObject({ bosId: 2, eosId: 3, maskId: 4 });
    expect((await open('bert-like', 301, 'absorbing')).manifest.maskId).toBe(300);
  });

  it('are those of the configuration before those of the tokenizer, also where it says that there is none', async () => {
    const { manifest } = await open('gpt2-like', 422, 'absorbing', { bos_token_id: null, eos_token_id: 7 });
    expect(manifest).toMatchObject({ bosId: null, eosId: 7 });
  });

  it.each([
    ['gpt2-like', 421, 'absorbing' as const, /tokenizer has 421 ids, but the model has 421, the last of them the mask/],
    ['gpt2-like', 420, 'uniform' as const, /tokenizer has 421 ids, but the model has 420\./],
    ['gpt2-like', 423, 'absorbing' as const, /tokenizer has 421 ids, but the model has 423/],
    ['gpt2-like', 423, 'uniform' as const, /tokenizer has 421 ids, but the model has 423/],
    ['bert-like', 299, 'absorbing' as const, /tokenizer has 300 ids, but the model has 299/],
  ])('of %s do not go with %i %s ids', async (name, vocabulary, process, message) => {
    await expect(open(name, vocabulary, process)).rejects.toThrow(InputError);
    await expect(open(name, vocabulary, process)).rejects.toThrow(message);
  });

  it.each([
    ['gpt2-like', 422, { bos_token_id: 422 }, /bos_token_id in config\.json is 422, and the vocabulary ends at 421/],
    ['gpt2-like', 422, { eos_token_id: 421 }, /eos_token_id in config\.json is 421, which is the mask/],
    ['bert-like', 300, { eos_token_id: 4 }, /eos_token_id in config\.json is 4, which is the mask/],
  ])('are tokens of the model: %s, %i ids, %j', async (name, vocabulary, config, message) => {
    await expect(open(name, vocabulary, 'absorbing', config)).rejects.toThrow(InputError);
    await expect(open(name, vocabulary, 'absorbing', config)).rejects.toThrow(message);
  });

  it('tell of a known vocabulary which tokenizer is meant', async () => {
    await expect(open('smollm-like', 50258, 'absorbing')).rejects.toThrow(
      /has 420 ids, but the model has 50258.*: those of GPT-2 \(hf:openai-community\/gpt2\)\.$/,
    );
  });

  it('are found by their usual names where no tokenizer_config.json names them', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'samplewire-special-'));
    await cp(join(fixtures, 'gpt2-like'), folder, { recursive: true });
    await rm(join(folder, 'tokenizer_config.json'));
    const { denoiser } = await openModel(await writeModel({ vocabulary: 422, layers: 1 }), { tokenizer: folder });
    denoiser.dispose();
    expect(denoiser.manifest).toMatchObject({ bosId: 420, eosId: 420 });
    const added = (...contents: string[]) => ({ added_tokens: contents.map((content, id) => ({ content, id })) });
    const idsOf = (tokenizer: object, config: object = {}) => specialIdsOf({ tokenizer, config });
    expect(idsOf(added('<unk>', '<s>', '</s>'))).toEqual({ bosId: 1, eosId: 2, maskId: null });
    expect(idsOf(added('[CLS]', '[SEP]', '[MASK]'))).toEqual({ bosId: 0, eosId: 1, maskId: 2 });
    expect(idsOf(added('a', 'b'))).toEqual({ bosId: null, eosId: null, maskId: null });
    expect(idsOf(added('<s>', '</s>', 'end'), { eos_token: { content: 'end' } })).toEqual({
      bosId: null,
      eosId: 2,
      maskId: null,
    });
  });
});
