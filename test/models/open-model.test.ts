import { cp, mkdir, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/graph/input-error.js';
import { openModel } from '../../src/models/open-model.js';
import { createCharacterTokenizer } from '../../src/models/tokenizer/character.js';
import { verifyCheckpoint } from '../../src/models/verify.js';
import { smallModel, writeModel, type Tensors } from './support/random-model.js';

const parity = fileURLToPath(new URL('../fixtures/parity/', import.meta.url));

async function manifestOf(folder: string, process?: 'absorbing' | 'uniform') {
  const { denoiser } = await openModel(folder, { backend: 'cpu', ...(process === undefined ? {} : { process }) });
  denoiser.dispose();
  return denoiser.manifest;
}

/** A copy of a published folder at `name` under a folder of its own. */
async function copyAs(fixture: string, name: string): Promise<string> {
  const folder = join(await mkdtemp(join(tmpdir(), 'samplewire-copy-')), name);
  await cp(join(parity, fixture), folder, { recursive: true });
  return folder;
}

/** `config.json` with some keys replaced. */
async function editConfig(folder: string, changes: Record<string, unknown>): Promise<string> {
  const path = join(folder, 'config.json');
  const config: object = JSON.parse(await readFile(path, 'utf8'));
  await writeFile(path, JSON.stringify({ ...config, ...changes }));
  return folder;
}

describe('openModel', () => {
  it('reads the manifest off a published folder', async () => {
    expect(await manifestOf(join(parity, 'blockgen-absorb-causal'))).toEqual({
      name: 'blockgen-absorb-causal',
      vocabularySize: 23,
      process: 'absorbing',
      maskId: 22,
      length: 24,
      causality: 'token-causal',
      predicts: 'block',
      blockSizes: null,
      bosId: null,
      eosId: null,
    });
    expect(await manifestOf(join(parity, 'blockgen-absorb-blockcausal'))).toMatchObject({ causality: 'block-causal' });
    expect(await manifestOf(await copyAs('dit-duo', 'uniform'))).toMatchObject({
      causality: 'bidirectional',
      process: 'uniform',
      maskId: null,
    });
  });

  it.each([
    ['absorb', 'absorbing'],
    ['uniform', 'uniform'],
    ['tinyshakespeare-uniform', 'uniform'],
    ['uniform/16/absorb', 'absorbing'],
    ['uniform/mine', 'uniform'],
    ['baselines/owt/mdlm', 'absorbing'],
  ])('takes the process from the folder names %s', async (path, process) => {
    expect((await manifestOf(await copyAs('dit-mdlm', path))).process).toBe(process);
  });

  describe('and a network conditioned on the noise level', () => {
    const fixture = 'dit-duo';
    const refusal = /is conditioned on the noise level \((.*)\), which is not supported: its samples would be wrong/;

    it.each(['baselines/owt/duo', 'owt-Duo', 'duo/step-9', 'duo-uniform'])(
      'refuses one whose name says Duo, and passes it where the configuration denies it: %s',
      async (path) => {
        const folder = await copyAs(fixture, path);
        const opened = openModel(folder);
        await expect(opened).rejects.toThrow(InputError);
        await expect(opened).rejects.toThrow(refusal);
        await expect(opened).rejects.toThrow(/its name says Duo.*"time_conditioning": false in its config\.json/);
        await expect(openModel(folder, { process: 'uniform', backend: 'auto' })).rejects.toThrow(refusal);
        await editConfig(folder, { time_conditioning: false });
        expect((await manifestOf(folder)).process).toBe('uniform');
      },
    );

    it.each([{ time_conditioning: true }, { algo: { name: 'duo-base', time_conditioning: true } }])(
      'refuses one whose configuration says %o, whatever its name',
      async (changes) => {
        const folder = await editConfig(await copyAs(fixture, 'uniform'), changes);
        await expect(openModel(folder)).rejects.toThrow(/\(time_conditioning in its config\.json\)/);
      },
    );

    it.each(['uniform', 'duo/absorb', 'duolingo-uniform'])('takes one that neither says it of: %s', async (path) => {
      await manifestOf(await editConfig(await copyAs(fixture, path), { algo: 'something else' }));
    });

    it('has its parity cases compared all the same, which were computed at level 0', async () => {
      const folder = await editConfig(await copyAs(fixture, 'duo'), { time_conditioning: true });
      expect((await verifyCheckpoint(folder, { backend: 'cpu' })).cases.map(({ passed }) => passed)).toEqual([true]);
    });
  });

  it('takes a model of blocks, or one without adaLN, whatever its name', async () => {
    expect((await manifestOf(await copyAs('blockgen-uniform-causal', 'duo'))).process).toBe('uniform');
    expect((await manifestOf(await copyAs('dit-ar', 'duo'))).predicts).toBe('next-token');
  });

  it.each(['uniform/16/model', 'absorb/owt/weights', 'absorb-or-uniform', 'uniformity'])(
    'does not guess the process from %s',
    async (path) => {
      await expect(openModel(await copyAs('dit-mdlm', path))).rejects.toThrow(/which noise/);
    },
  );

  it('prefers the configuration to the path, and the option to both', async () => {
    const folder = await editConfig(await copyAs('dit-mdlm', 'absorb'), { process: 'uniform' });
    expect((await manifestOf(folder)).process).toBe('uniform');
    await expect(manifestOf(folder, 'absorbing')).rejects.toThrow(
      /trained with uniform noise, as its config.json says/,
    );
    expect((await manifestOf(await copyAs('dit-mdlm', 'absorb'), 'uniform')).process).toBe('uniform');
  });

  it('asks for the process where nothing says it', async () => {
    const opened = openModel(await copyAs('dit-mdlm', 'model'));
    await expect(opened).rejects.toThrow(InputError);
    await expect(opened).rejects.toThrow(
      /which noise.*process: 'absorbing' or 'uniform'; on the command line --process/,
    );
  });

  it.each(['model', 'uniform/dit-ar', 'absorb'])('knows the autoregressive baseline, also at %s', async (path) => {
    expect(await manifestOf(await copyAs('dit-ar', path))).toMatchObject({
      vocabularySize: 23,
      maskId: 22,
      causality: 'token-causal',
      predicts: 'next-token',
      blockSizes: [1],
    });
  });

  it('refuses a process for the autoregressive baseline, which has none', async () => {
    const opened = openModel(join(parity, 'dit-ar'), { process: 'uniform' });
    await expect(opened).rejects.toThrow(InputError);
    await expect(opened).rejects.toThrow(/autoregressive baseline.*no noise.*uniform was named/);
  });

  it('refuses a process that there is not, with those that there are', async () => {
    const folder = join(parity, 'blockgen-absorb-causal');
    const process: Record<string, unknown> = { process: 'uniforn' };
    await expect(openModel(folder, process)).rejects.toThrow(InputError);
    await expect(openModel(folder, process)).rejects.toThrow(
      /no noise process uniforn; known are absorbing, uniform; did you mean "uniform"\?/,
    );
  });

  it('reads block sizes, special ids and the tokenizer', async () => {
    const folder = await editConfig(await writeModel(), {
      block_sizes: [16, 1, 4, 4],
      bos_token_id: 2,
      eos_token_id: 27,
    });
    const characters = Array.from({ length: smallModel.vocabulary - 1 }, (_, i) => String.fromCharCode(97 + i));
    await writeFile(join(folder, 'tokenizer.json'), JSON.stringify(createCharacterTokenizer(characters).toJson()));
    const { denoiser, tokenizer } = await openModel(folder);
    denoiser.dispose();
    expect(denoiser.manifest).toMatchObject({ blockSizes: [1, 4, 16], bosId: 2, eosId: 27 });
    expect(tokenizer?.encode('cab')).toEqual([2, 0, 1]);
  });
});

describe('a bad checkpoint', () => {
  const cut = (tensors: Tensors, name: string) => tensors.delete(name);
  const number = (tensors: Tensors, name: string, value: number) => tensors.get(name)?.data.set([value], 5);

  it.each<[string, RegExp, () => Promise<string>]>([
    ['no folder', /no file .*config\.json/, () => Promise.resolve('/nowhere/absorb')],
    [
      'a folder for a file',
      /config\.json is a folder; /,
      async () => {
        const folder = await writeModel();
        await rm(join(folder, 'config.json'));
        await mkdir(join(folder, 'config.json'));
        return folder;
      },
    ],
    [
      'no weights',
      /no file .*model\.safetensors/,
      async () => {
        const folder = await writeModel();
        await rm(join(folder, 'model.safetensors'));
        return folder;
      },
    ],
    [
      'weights cut short',
      /model\.safetensors is cut short: output_layer/,
      async () => {
        const folder = await writeModel();
        const path = join(folder, 'model.safetensors');
        await truncate(path, (await readFile(path)).length - 3);
        return folder;
      },
    ],
    [
      'a configuration that is not JSON',
      /config\.json is not JSON/,
      async () => {
        const folder = await writeModel();
        await writeFile(join(folder, 'config.json'), '{');
        return folder;
      },
    ],
    ['an unknown type', /config\.json.*type.*block-dit/, async () => editConfig(await writeModel(), { type: 'unet' })],
    ['no length', /config\.json.*length/, async () => editConfig(await writeModel(), { length: undefined })],
    ['heads that do not divide', /hidden_size 48.*5 heads/, async () => editConfig(await writeModel(), { n_heads: 5 })],
    ['adaLN without its width', /no cond_dim/, async () => editConfig(await writeModel(), { cond_dim: undefined })],
    [
      'too few blocks',
      /blocks\.3\.norm1\.weight is missing/,
      async () => editConfig(await writeModel(), { n_blocks: 4 }),
    ],
    ['too many blocks', /blocks\.2\.\S+ is no tensor/, async () => editConfig(await writeModel(), { n_blocks: 2 })],
    [
      'a missing embedding',
      /no tensor vocab_embed/,
      () => writeModel({}, (tensors) => cut(tensors, 'vocab_embed.embedding')),
    ],
    [
      'missing adaLN tensors',
      /blocks\.1\.adaLN_modulation\.bias is missing/,
      () => writeModel({}, (tensors) => cut(tensors, 'blocks.1.adaLN_modulation.bias')),
    ],
    [
      'a wrong shape',
      /output_layer\.linear\.weight has shape \[48, 29\], expected \[29, 48\]/,
      () => writeModel({}, (tensors) => void tensors.get('output_layer.linear.weight')?.shape.reverse()),
    ],
    [
      'NaN and infinity, both named',
      /blocks\.0\.mlp\.0\.bias holds.*not finite; blocks\.2\.norm2\.weight holds/,
      () =>
        writeModel({}, (tensors) => {
          number(tensors, 'blocks.0.mlp.0.bias', NaN);
          number(tensors, 'blocks.2.norm2.weight', Infinity);
        }),
    ],
    [
      'a tokenizer that is too large',
      /tokenizer has 29 ids, but the model has 29, the last of them the mask/,
      async () => {
        const folder = await writeModel();
        const characters = Array.from({ length: smallModel.vocabulary }, (_, i) => String.fromCharCode(65 + i));
        await writeFile(join(folder, 'tokenizer.json'), JSON.stringify(createCharacterTokenizer(characters).toJson()));
        return folder;
      },
    ],
    [
      'a tokenizer that is too small',
      /tokenizer has 3 ids, but the model has 29, the last of them the mask\.$/,
      async () => {
        const folder = await writeModel();
        await writeFile(join(folder, 'tokenizer.json'), JSON.stringify(createCharacterTokenizer('abc').toJson()));
        return folder;
      },
    ],
    [
      'a BOS that is the mask',
      /bos_token_id in config\.json is 28, which is the mask/,
      async () => editConfig(await writeModel(), { bos_token_id: 28 }),
    ],
    [
      'an EOS that is the mask',
      /eos_token_id in config\.json is 28, which is the mask/,
      async () => editConfig(await writeModel(), { eos_token_id: 28 }),
    ],
  ])('with %s is refused by one clear error', async (_, message, make) => {
    const folder = await make();
    await expect(openModel(folder)).rejects.toThrow(InputError);
    await expect(openModel(folder)).rejects.toThrow(message);
  });

  it('is refused by verify as well, as are expectations that do not fit', async () => {
    await expect(verifyCheckpoint('/nowhere')).rejects.toThrow(InputError);
    await expect(verifyCheckpoint(await writeModel())).rejects.toThrow(/expected\.json.*nothing to verify/);
    const folder = await copyAs('dit-duo', 'uniform');
    const path = join(folder, 'expected.json');
    const expected: { cases: { logits: { data: number[] } }[] } = JSON.parse(await readFile(path, 'utf8'));
    await writeFile(path, JSON.stringify({ ...expected, vocabSize: 3 }));
    await expect(verifyCheckpoint(folder)).rejects.toThrow(/vocabulary of 3, the model has 22/);
    await writeFile(path, JSON.stringify({ ...expected, cases: [{ mode: 'other' }] }));
    await expect(verifyCheckpoint(folder)).rejects.toThrow(/parity cases/);
    expected.cases[0]?.logits.data.splice(0, 1, 5);
    await writeFile(path, JSON.stringify(expected));
    expect((await verifyCheckpoint(folder)).cases.map(({ passed }) => passed)).toEqual([false]);
  });

  it('an unknown backend is refused with those that are known', async () => {
    await expect(openModel(join(parity, 'blockgen-absorb-causal'), { backend: 'cuda' })).rejects.toThrow(
      /no backend cuda; known are onnx, onnx-webgpu, onnx-cuda, webgpu, tensorflow, wasm, cpu, auto\.$/,
    );
    await expect(openModel(join(parity, 'blockgen-absorb-causal'), { backend: 'WASM' })).rejects.toThrow(
      /no backend WASM; .*did you mean "wasm"\?/,
    );
  });
});
