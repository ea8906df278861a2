import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { filter, firstValueFrom } from 'rxjs';
import { describe, expect, it } from 'vitest';
import {
  loadPipeline,
  modelFilesOf,
  openModel,
  run,
  type ModelFiles,
  type OpenProgress,
} from '../../src/browser/index.js';
import { InputError } from '../../src/graph/input-error.js';
import { openModel as openInNode } from '../../src/models/open-model.js';
import { serveFolder, type Answer } from './folder-server.js';

const parity = 'test/fixtures/parity';
const tiny = 'blockgen-absorb-causal';
const onCpu = { backend: 'cpu', process: 'absorbing' } as const;

const blobOf = async (file: string) => new Blob([await readFile(join(parity, tiny, file))]);

/** Opens the tiny model while the server answers otherwise for some of its files. */
async function openWith(answers: Readonly<Record<string, Answer>>) {
  const server = await serveFolder(parity, answers);
  return openModel(`${server.address}${tiny}`, onCpu);
}

describe('a model at an address', () => {
  it.each([
    [tiny, 'absorbing'],
    ['blockgen-absorb-blockcausal', 'absorbing'],
    ['blockgen-uniform-noadaln', 'uniform'],
    ['dit-ar', undefined],
    ['dit-mdlm', 'absorbing'],
  ] as const)('is the one that Node opens from its folder: %s', async (name, process) => {
    const server = await serveFolder(parity);
    const options = { backend: 'cpu', ...(process === undefined ? {} : { process }) };
    const here = await openModel(`${server.address}${name}/`, options);
    const there = await openInNode(join(parity, name), options);
    expect(here.denoiser.manifest).toEqual(there.denoiser.manifest);
    expect([here.tokenizer, here.backend, here.warnings]).toEqual([null, 'cpu', []]);
    here.denoiser.dispose();
    there.denoiser.dispose();
  });

  it('decodes as it does in Node', async () => {
    const server = await serveFolder('.');
    const pipeline = await loadPipeline(`${server.address}pipelines/block-ancestral.json`);
    const decode = async (model: Awaited<ReturnType<typeof openModel>>) => {
      const events = run(pipeline, { model, params: { steps: 2, blockSize: 4 }, rows: 2, length: 12, seed: 5 });
      const finished = await firstValueFrom(events.pipe(filter((event) => event.type === 'finished')));
      model.denoiser.dispose();
      return finished.rows.map(({ tokens, text }) => ({ tokens, text }));
    };
    const name = 'models/tinyshakespeare-absorb';
    const here = await decode(await openModel(`${server.address}${name}`, { backend: 'cpu' }));
    expect(here).toEqual(await decode(await openInNode(name, { backend: 'cpu' })));
    expect(here[0]?.text).toHaveLength(12);
  });

  /** The address of a full-sequence model in a folder of that name. */
  async function addressOf(folder: string): Promise<string> {
    const files = ['config.json', 'model.safetensors'].map(
      async (file) => [`${folder}/${file}`, { body: await readFile(join(parity, 'dit-duo', file)) }] as const,
    );
    return (await serveFolder('.', Object.fromEntries(await Promise.all(files)))).address + folder;
  }

  it.each(['owt/uniform', 'uniform/step-9'])('knows its noise by the names of its folders: %s', async (folder) => {
    const model = await openModel(await addressOf(folder), { backend: 'cpu' });
    expect(model.denoiser.manifest).toMatchObject({ name: folder.split('/')[1], process: 'uniform' });
    model.denoiser.dispose();
  });

  it('is refused where its name says that it is conditioned on the noise level', async () => {
    await expect(openModel(await addressOf('owt/duo'), { backend: 'cpu' })).rejects.toThrow(
      /owt\/duo is conditioned on the noise level \(its name says Duo\)/,
    );
  });

  it.each([
    ['my%20model', 'my model'],
    ['100%', '100%'],
  ])('is called as its folder, with what the address has escaped: %s', async (folder, name) => {
    const answer = async (file: string) =>
      [`${folder}/${file}`, { body: await readFile(join(parity, tiny, file)) }] as const;
    const files = await Promise.all(['config.json', 'model.safetensors'].map(answer));
    const server = await serveFolder('.', Object.fromEntries(files));
    const model = await openModel(server.address + folder, onCpu);
    expect(model.denoiser.manifest.name).toBe(name);
    model.denoiser.dispose();
  });

  it('is downloaded once, and says how far it is', async () => {
    const server = await serveFolder(parity);
    const told: OpenProgress[] = [];
    const model = await openModel(`${server.address}${tiny}`, { ...onCpu, progress: (each) => told.push(each) });
    model.denoiser.dispose();
    expect(server.asked.filter((path) => path.endsWith('.safetensors'))).toHaveLength(1);
    const { length } = await readFile(join(parity, tiny, 'model.safetensors'));
    for (const [stage, total] of [
      ['download', length],
      ['prepare', expect.any(Number)],
    ] as const) {
      const steps = told.filter((each) => each.stage === stage);
      expect(steps.map(({ done }) => done)).toEqual(steps.map(({ done }) => done).toSorted((a, b) => a - b));
      expect(steps.at(-1)).toEqual({ stage, done: steps.at(-1)?.total, total });
    }
  });

  it('may have the tokenizer of another folder', async () => {
    const server = await serveFolder('.');
    const tokenizer = `${server.address}models/tinyshakespeare-uniform`;
    const model = await openModel(`${server.address}models/tinyshakespeare-absorb/`, { backend: 'cpu', tokenizer });
    expect(model.tokenizer?.vocabularySize).toBe(65);
    expect(server.asked).not.toContain('models/tinyshakespeare-absorb/tokenizer.json');
    model.denoiser.dispose();
  });
});

describe('what is wrong with a model at an address', () => {
  it.each<[string, Readonly<Record<string, Answer>>, RegExp]>([
    [
      'a missing config.json',
      { [`${tiny}/config.json`]: { status: 404, body: '' } },
      /^There is no file http.*\/blockgen-absorb-causal\/config\.json \(the server answers 404\); a model is a folder/,
    ],
    [
      'a web page in place of config.json',
      { [`${tiny}/config.json`]: { type: 'text/html; charset=utf-8', body: '<!doctype html>' } },
      /config\.json \(the server answers with a web page/,
    ],
    ['what is not JSON', { [`${tiny}/config.json`]: { body: '{"type":' } }, /config\.json is not JSON/],
    ['a configuration of something else', { [`${tiny}/config.json`]: { body: '{}' } }, /is not a model configuration/],
    [
      'missing weights',
      { [`${tiny}/model.safetensors`]: { status: 410, body: '' } },
      /There is no file .*model\.safetensors \(the server answers 410\)/,
    ],
    [
      'a server that refuses',
      { [`${tiny}/model.safetensors`]: { status: 403, body: '' } },
      /model\.safetensors: the server answers 403 Forbidden\.$/,
    ],
    [
      'weights that end too early',
      { [`${tiny}/model.safetensors`]: { body: new Uint8Array(4) } },
      /model\.safetensors is not a safetensors file: .*found 4 bytes/,
    ],
    [
      'a tokenizer that is none',
      { [`${tiny}/tokenizer.json`]: { body: '{"model":{"type":"Magic"}}' } },
      /tokenizer\.json is not a tokenizer of a known kind/,
    ],
    [
      'a tokenizer of another vocabulary',
      { [`${tiny}/tokenizer.json`]: { body: '{"model":{"type":"WordLevel","vocab":{}}}' } },
      /tokenizer\.json knows whole words, but is not a character tokenizer/,
    ],
  ])('%s', async (_name, answers, message) => {
    await expect(openWith(answers)).rejects.toThrow(message);
    await expect(openWith(answers)).rejects.toBeInstanceOf(InputError);
  });

  it('a transfer that breaks off', async () => {
    const { length } = await readFile(join(parity, tiny, 'model.safetensors'));
    const opening = openWith({ [`${tiny}/model.safetensors`]: { cut: { after: 1000, then: 'break' } } });
    await expect(opening).rejects.toThrow(
      new RegExp(`model\\.safetensors broke off after \\d+ of ${String(length)} bytes \\(.*\\): try again\\.$`),
    );
  });

  it('a server that is not there', async () => {
    // Node 20.6 loses ports of one digit.
    await expect(openModel('http://127.0.0.1:10/model', onCpu)).rejects.toThrow(
      /^http:\/\/127\.0\.0\.1:10\/model\/config\.json cannot be fetched \(.*\): the server cannot be reached\.$/,
    );
  });

  it.each(['models/mine', 'hf:org/repo', 'http://[', 'file:///etc', 'blob:nodedata:1'])(
    'an address that is none: %s',
    async (address) => {
      await expect(openModel(address)).rejects.toThrow(/not an address that a page can load from|are of files/);
    },
  );

  it('a tokenizer that was named and is not there', async () => {
    const server = await serveFolder(parity);
    const tokenizer = `${server.address}dit-ar`;
    await expect(openModel(`${server.address}${tiny}`, { ...onCpu, tokenizer })).rejects.toThrow(
      /There is no file .*\/dit-ar\/tokenizer\.json \(the server answers 404\), which was named for the tokenizer/,
    );
  });

  it.each([
    [{ backend: 'onnx' }, /no backend onnx; known are webgpu, wasm, cpu/],
    [{ limits: { rows: 0 } }, /limits\.rows must be an integer/],
  ])('options that are none: %o', async (options, message) => {
    await expect(openModel('http://127.0.0.1:1/model', options)).rejects.toThrow(message);
  });
});

describe('giving up', () => {
  it('ends a download with the reason', async () => {
    const server = await serveFolder(parity, {
      [`${tiny}/model.safetensors`]: { cut: { after: 1000, then: 'wait' } },
    });
    const controller = new AbortController();
    const reason = new Error('enough');
    const opening = openModel(`${server.address}${tiny}`, {
      ...onCpu,
      signal: controller.signal,
      progress: () => {
        controller.abort(reason);
      },
    });
    await expect(opening).rejects.toBe(reason);
  });

  it('ends the preparing of the weights', async () => {
    const server = await serveFolder(parity);
    const controller = new AbortController();
    const opening = openModel(`${server.address}${tiny}`, {
      ...onCpu,
      signal: controller.signal,
      progress: ({ stage }) => {
        if (stage === 'prepare') controller.abort(new Error('enough'));
      },
    });
    await expect(opening).rejects.toThrow('enough');
  });
});

describe('a model of files', () => {
  it('is opened where they are, under the name of their folder', async () => {
    const named = async (name: string) => {
      const file = new File([await blobOf(name)], name);
      Object.defineProperty(file, 'webkitRelativePath', { value: `my-model/${name}` });
      return file;
    };
    const files = modelFilesOf([await named('model.safetensors'), await named('config.json')]);
    const model = await openModel(files, onCpu);
    expect(model.denoiser.manifest.name).toBe('my-model');
    model.denoiser.dispose();
  });

  it('may be mixed with addresses', async () => {
    const server = await serveFolder('.');
    const files: ModelFiles = {
      config: await blobOf('config.json'),
      weights: new URL(`${server.address}${parity}/${tiny}/model.safetensors`),
    };
    const model = await openModel(files, onCpu);
    expect([model.denoiser.manifest.name, model.tokenizer]).toEqual([tiny, null]);
    model.denoiser.dispose();
    expect(server.asked).toHaveLength(1);
  });

  it('is the only one in the folder that was chosen, wherever in it', () => {
    const at = (path: string) => {
      const file = new File([], path.split('/').at(-1) ?? '');
      Object.defineProperty(file, 'webkitRelativePath', { value: path });
      return file;
    };
    const [config, weights] = [at('mine/config.json'), at('mine/model.safetensors')];
    const others = [at('mine/onnx/config.json'), at('mine/onnx/tokenizer.json'), at('mine/readme.md')];
    for (const files of [
      [config, weights, ...others],
      [...others, config, weights],
    ]) {
      const found = modelFilesOf(files);
      expect(Object.keys(found).sort()).toEqual(['config', 'name', 'weights']);
      expect([found.config === config, found.weights === weights, found.name]).toEqual([true, true, 'mine']);
    }
    const second = [at('mine/b/config.json'), at('mine/b/model.safetensors')];
    expect(() => modelFilesOf([config, weights, ...second])).toThrow(
      /^There are 2 models among the files \(mine; mine\/b\); choose the folder of one\.$/,
    );
    const apart = [at('all/config.json'), at('all/weights/model.safetensors')];
    expect(() => modelFilesOf(apart)).toThrow(/^There is no folder that has both among the files/);
  });

  it('is missed by name', () => {
    const file = (name: string) => new File([], name);
    expect(() => modelFilesOf([file('config.json'), file('readme.md')])).toThrow(
      /^There is no model\.safetensors among the files \(config\.json, readme\.md\)/,
    );
    expect(() => modelFilesOf([])).toThrow(/among the files \(none\)/);
  });

  it('is told from others by its own name in messages', async () => {
    const files = { config: new File(['{'], 'mine.json'), weights: new Blob([]) };
    await expect(openModel(files, onCpu)).rejects.toThrow(/^mine\.json is not JSON/);
    const empty = { config: await blobOf('config.json'), weights: new Blob([]) };
    await expect(openModel(empty, onCpu)).rejects.toThrow(/^model\.safetensors is not a safetensors file/);
  });
});
