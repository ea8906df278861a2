/* global AbortController, fetch, File */
import assert from 'node:assert/strict';
import { long, short } from './in-node.mjs';
import { decode } from './look.mjs';

/** `samplewire/browser` in a page of our own, in a browser without a graphics card. */
export async function checkEntry({ check, visit, expected }) {
  await check('tokens on wasm are those of Node, for both noise processes', async () => {
    const page = await visit.harness();
    const here = await decode(page, visit.requestFor('wasm', 'arpc', long));
    assert.deepEqual([here.tokens, here.nfe, here.left], [expected.arpc.tokens, expected.arpc.nfe, 0]);
    const other = await decode(page, visit.requestFor('wasm', 'block-ancestral', short, 'tinyshakespeare-uniform'));
    assert.deepEqual(other.tokens, expected.uniform.tokens);
    const worker = await decode(page, visit.requestFor('wasm', 'arpc', short), 'decodeInWorker');
    assert.deepEqual(worker.tokens, expected.shortArpc.tokens);
    await page.close();
  });
  await check('with threads, where the page is isolated', async () => {
    const page = await visit.harness('isolated/');
    assert.equal(await page.evaluate(() => globalThis.crossOriginIsolated), true);
    const here = await decode(page, visit.requestFor('wasm', 'arpc', short));
    assert.deepEqual([here.tokens, here.warnings], [expected.shortArpc.tokens, []]);
    assert.ok(page.workers().length > 1, `${page.workers().length} workers`);
    await page.close();
  });
  await check('without, where such a page refuses the workers', async () => {
    const page = await visit.harness('strict/', { errors: true });
    const here = await decode(page, visit.requestFor('wasm', 'arpc', short));
    assert.deepEqual(here.tokens, expected.shortArpc.tokens);
    assert.match(here.warnings.join(), /^WebAssembly has one thread.*\(the browser refuses them; .*worker-src/);
    await page.close();
  });
  await check('files that a person chose', async () => {
    const page = await visit.harness();
    const name = await page.evaluate(async (folderAt) => {
      const names = ['config.json', 'model.safetensors', 'tokenizer.json'];
      const files = await Promise.all(
        names.map(async (each) => new File([await (await fetch(`${folderAt}/${each}`)).blob()], each)),
      );
      const model = await globalThis.samplewire.openModel(globalThis.samplewire.modelFilesOf(files), {
        backend: 'cpu',
      });
      return `${model.denoiser.manifest.process}, ${model.tokenizer.vocabularySize}, ${model.backend}`;
    }, `${visit.origin}/models/tinyshakespeare-absorb`);
    assert.equal(name, 'absorbing, 65, cpu');
    await page.close();
  });
  await check('.wasm files that are not there are an error that names the option', async () => {
    const page = await visit.harness('', { errors: true });
    const message = await page.evaluate(
      (model) =>
        globalThis.samplewire
          .openModel(model, { backend: 'wasm', wasmPaths: '/nowhere' })
          .catch((error) => error.message),
      `${visit.origin}/models/tinyshakespeare-absorb`,
    );
    assert.match(message, /^The WASM backend does not start from \/nowhere: .*wasmPaths/);
    const [other, same] = await page.evaluate(async (model) => {
      const { openModel: openHere } = globalThis.samplewire;
      const take = (wasmPaths) => openHere(model, { backend: 'wasm', wasmPaths }).catch((error) => error.message);
      return [await take('/elsewhere'), await take('/nowhere')];
    }, `${visit.origin}/models/tinyshakespeare-absorb`);
    assert.match(other, /^The WASM backend does not start from \/elsewhere: .*once in a page/);
    assert.equal(same, message);
    const found = await decode(page, visit.requestFor('cpu', 'ar', { length: 2, seed: 1 }));
    assert.equal(found.ended, 'finished');
    await page.close();
  });
  await check('.wasm files that are there a little later are taken then', async () => {
    const page = await visit.harness('', { errors: true });
    await page.route('**/*.wasm', (route) => route.abort());
    const request = visit.requestFor('wasm', 'arpc', short);
    const first = await decode(page, request).catch((error) => error.message);
    await page.unroute('**/*.wasm');
    const second = await decode(page, request);
    assert.match(first, /The WASM backend does not start/);
    assert.deepEqual(second.tokens, expected.shortArpc.tokens);
    await page.close();
  });
  await check('an opening that is given up ends with the reason', async () => {
    const page = await visit.harness('', { errors: true });
    const reason = await page.evaluate((model) => {
      const controller = new AbortController();
      const { signal } = controller;
      const progress = ({ stage, done }) => stage === 'download' && done > 0 && controller.abort(new Error('enough'));
      return globalThis.samplewire
        .openModel(model, { backend: 'cpu', signal, progress })
        .catch((error) => error.message);
    }, `${visit.origin}/slow/models/tinyshakespeare-absorb`);
    assert.equal(reason, 'enough');
    await page.close();
  });
}
