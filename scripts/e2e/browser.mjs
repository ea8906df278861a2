/* global AbortController, document, Event, fetch, File, setTimeout */
/**
 * The engine and a shipped model in a real Chromium: the page of examples/browser and a page of our own, built from `dist`, which has to be
 * there. With `--screenshots DIR` it leaves pictures of the page. Where there is no browser it is skipped, or with `--require` fails.
 */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'vite';
import { loadPipeline, openModel, run } from '../../dist/index.js';
import { findChromium, launch } from './browser/chromium.mjs';
import { serve } from './browser/serve.mjs';

const clone = fileURLToPath(new URL('../..', import.meta.url));
const { screenshots, require: required } = parseArgs({
  options: { screenshots: { type: 'string' }, require: { type: 'boolean', default: false } },
}).values;

const program = findChromium();
if (program === undefined) {
  console.log(
    `${required ? 'FAIL' : 'skipped'}: there is no Chromium on the PATH, nor does SAMPLEWIRE_CHROMIUM name one`,
  );
  process.exit(required ? 1 : 0);
}

let failures = 0;
async function check(name, test) {
  const began = performance.now();
  try {
    await test();
    console.log(`  ok    ${name} (${((performance.now() - began) / 1000).toFixed(1)} s)`);
  } catch (error) {
    failures += 1;
    console.log(`  FAIL  ${name}\n${String(error?.stack ?? error)}`);
  }
}

/** What Node gives for the same request. */
async function inNode(name, model, request) {
  const opened = await openModel(`${clone}models/${model}`, { backend: 'wasm' });
  const finished = await new Promise((resolve, reject) => {
    run(loadPipeline(`${clone}pipelines/${name}.json`), { ...request, model: opened }).subscribe((event) => {
      if (event.type === 'finished') resolve(event);
      if (event.type === 'failed') reject(new Error(event.message));
    });
  });
  opened.denoiser.dispose();
  return { tokens: finished.rows[0].tokens, text: finished.rows[0].text, nfe: finished.statistics.nfe };
}

const folder = mkdtempSync(path.join(tmpdir(), 'samplewire-browser-'));
const { output } = await build({
  configFile: `${clone}examples/browser/vite.config.ts`,
  logLevel: 'warn',
  resolve: { alias: { 'samplewire/browser': `${clone}dist/browser/index.js` } },
  worker: { format: 'es' },
  build: {
    outDir: folder,
    rollupOptions: {
      input: { page: `${clone}examples/browser/index.html`, harness: `${clone}scripts/e2e/browser/harness.js` },
    },
  },
});
const script = output.find((chunk) => chunk.type === 'chunk' && chunk.isEntry && chunk.name === 'harness').fileName;
writeFileSync(
  `${folder}/harness.html`,
  `<!doctype html><title>-</title><link rel="icon" href="data:," /><script type="module" src="${script}"></script>`,
);
const [server, elsewhere] = [await serve(folder), await serve(folder)];
const { origin } = server;
const trouble = [];

/** A page that keeps count of everything it should not do. With `errors`, its console may complain. */
async function open(browser, address, { errors = false } = {}) {
  const page = await browser.newPage({ viewport: { width: 1200, height: 900 } });
  page.setDefaultTimeout(60_000);
  page.on('console', (message) => {
    // Chromium says so itself where WebGPU is asked for and not there.
    const expected = errors || message.text() === 'No available adapters.';
    if (!expected && ['error', 'warning'].includes(message.type())) trouble.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => trouble.push(`error: ${error.message}`));
  page.on('request', (request) => {
    const url = request.url();
    const ours = [origin, elsewhere.origin, `blob:${origin}`, 'data:'].some((each) => url.startsWith(each));
    if (!ours) trouble.push(`request to ${url}`);
  });
  await page.goto(`${origin}/${address}`);
  return page;
}

const text = (page, selector) => page.locator(selector).textContent();
const statusIs = (page, pattern) => page.locator('#status').filter({ hasText: pattern }).waitFor();
const runTo = async (page, pattern) => {
  await page.locator('#run').click();
  await statusIs(page, pattern);
};
const figure = (page, name) => page.locator(`#figures div:has(dt:text-is("${name}")) dd`).textContent();
const harness = async (browser, prefix = '', options = {}) => {
  const page = await open(browser, `${prefix}harness.html`, options);
  await page.waitForFunction(() => document.title === 'ready');
  return page;
};
const decode = (page, request, where = 'decode') =>
  page.evaluate(([name, given]) => globalThis[name](given), [where, request]);
const requestFor = (backend, pipeline, request, model = 'tinyshakespeare-absorb') => ({
  model: `${origin}/models/${model}`,
  pipeline: `${origin}/pipelines/${pipeline}.json`,
  request,
  options: { backend },
});

const long = { prompt: 'ROMEO:', length: 128, seed: 7 };
const short = { prompt: 'ROMEO:', length: 22, seed: 3, params: { steps: 4, blockSize: 8 } };
const [arpc, uniform, shortArpc, shortBlocks] = await Promise.all([
  inNode('arpc', 'tinyshakespeare-absorb', long),
  inNode('block-ancestral', 'tinyshakespeare-uniform', short),
  inNode('arpc', 'tinyshakespeare-absorb', short),
  inNode('block-ancestral', 'tinyshakespeare-absorb', short),
]);

console.log('In a browser without a graphics card');
const plain = await launch(program, 'withoutGpu');
await check('the page opens the model on wasm and says why; arpc writes what it writes in Node', async () => {
  const page = await open(plain, '?pace=100');
  await statusIs(page, /^Ready\..*runs on wasm.*WebGPU/);
  await runTo(page, /^Wrote 122 tokens in \d+ forwards/);
  assert.equal(await text(page, '#text'), arpc.text);
  assert.deepEqual(
    [await figure(page, 'NFE'), await figure(page, 'of them AR')],
    [`${arpc.nfe.total}`, `${arpc.nfe.ar}`],
  );
  assert.equal(await figure(page, 'backend'), 'wasm');
  await page.close();
});
await check('tokens on wasm are those of Node, for both noise processes', async () => {
  const page = await harness(plain);
  const here = await decode(page, requestFor('wasm', 'arpc', long));
  assert.deepEqual([here.tokens, here.nfe, here.left], [arpc.tokens, arpc.nfe, 0]);
  const other = await decode(page, requestFor('wasm', 'block-ancestral', short, 'tinyshakespeare-uniform'));
  assert.deepEqual(other.tokens, uniform.tokens);
  const worker = await decode(page, requestFor('wasm', 'arpc', short), 'decodeInWorker');
  assert.deepEqual(worker.tokens, shortArpc.tokens);
  await page.close();
});
await check('with threads, where the page is isolated', async () => {
  const page = await harness(plain, 'isolated/');
  assert.equal(await page.evaluate(() => globalThis.crossOriginIsolated), true);
  const here = await decode(page, requestFor('wasm', 'arpc', short));
  assert.deepEqual([here.tokens, here.warnings], [shortArpc.tokens, []]);
  assert.ok(page.workers().length > 1, `${page.workers().length} workers`);
  await page.close();
});
await check('without, where such a page refuses the workers', async () => {
  const page = await harness(plain, 'strict/', { errors: true });
  const here = await decode(page, requestFor('wasm', 'arpc', short));
  assert.deepEqual(here.tokens, shortArpc.tokens);
  assert.match(here.warnings.join(), /^WebAssembly has one thread.*\(the browser refuses them; .*worker-src/);
  await page.close();
});
await check('files that a person chose', async () => {
  const page = await harness(plain);
  const name = await page.evaluate(async (folderAt) => {
    const names = ['config.json', 'model.safetensors', 'tokenizer.json'];
    const files = await Promise.all(
      names.map(async (each) => new File([await (await fetch(`${folderAt}/${each}`)).blob()], each)),
    );
    const model = await globalThis.samplewire.openModel(globalThis.samplewire.modelFilesOf(files), { backend: 'cpu' });
    return `${model.denoiser.manifest.process}, ${model.tokenizer.vocabularySize}, ${model.backend}`;
  }, `${origin}/models/tinyshakespeare-absorb`);
  assert.equal(name, 'absorbing, 65, cpu');
  await page.close();
});
await check('Stop ends a run at once, and the next one goes on', async () => {
  const page = await open(plain, '?pipeline=ar&length=256&pace=100');
  await statusIs(page, /^Ready/);
  await runTo(page, /^Writing/);
  await page.locator('#stop').click();
  await statusIs(page, /^Stopped/);
  const written = (await text(page, '#text')).length;
  assert.ok(written < 256, `${written} characters were written`);
  await page.locator('[name=pipeline]').selectOption('arpc');
  await page.locator('[name=length]').fill('40');
  await runTo(page, /^Wrote 34 tokens/);
  await page.close();
});
await check('what was written can be gone over until something else is written', async () => {
  const page = await open(plain, '?backend=cpu&pipeline=ar&length=12&pace=100');
  const beginning = async () => {
    await page.locator('#moment').press('Home');
    await page.locator('#moment').press('ArrowRight');
    return text(page, '#text');
  };
  await statusIs(page, /^Ready/);
  await runTo(page, /^Wrote 6 tokens/);
  const before = await beginning();
  assert.match(before, /^ROMEO:/);
  await page.locator('[name=prompt]').fill('\u00e9');
  await runTo(page, /^It did not work/);
  await page.locator('[name=model]').selectOption('');
  await page.locator('[name=address]').fill('http://[');
  await page.locator('#run').click();
  await page
    .locator('#problem')
    .filter({ hasText: /not an address/, visible: true })
    .waitFor();
  assert.equal(await beginning(), before);
  await page.close();
});
await check(
  'a pipeline can be chosen while a model opens; its parameters are those of the last one chosen',
  async () => {
    const page = await open(plain, 'harness.html');
    const later = (milliseconds) => async (route) => {
      await new Promise((resolve) => setTimeout(resolve, milliseconds));
      await route.continue();
    };
    await page.route('**/*.safetensors', later(1500));
    await page.route('**/pipelines/full-sequence.json', later(1000));
    await page.goto(`${origin}/?backend=cpu`);
    await statusIs(page, /^Opening/);
    await page.locator('[name=steps]').waitFor({ state: 'attached' });
    await page.locator('[name=pipeline]').selectOption('full-sequence');
    await page.locator('[name=pipeline]').selectOption('ar');
    await page.locator('[name=arTokens]').waitFor({ state: 'attached' });
    await statusIs(page, /^Ready/);
    assert.equal(await page.locator('[name=arTokens]').count(), 1);
    await page.close();
  },
);
await check('what the form will not take is said, of the address of the page and of fields out of sight', async () => {
  const page = await open(plain, '?backend=gpu&pipeline=nope&pace=500&seed=5&run=1');
  await statusIs(page, /^Ready/);
  assert.match(await text(page, '#problem'), /has not got: backend=gpu, pipeline=nope, pace=500\.$/);
  const named = (name) => page.locator(`[name=${name}]`).inputValue();
  assert.deepEqual([await named('pipeline'), await named('pace'), await named('seed')], ['arpc', '60', '5']);
  await page.locator('summary').click();
  await page.locator('[name=steps]').fill('0');
  await page.locator('summary').click();
  await page.locator('#run').click();
  await page.locator('[name=steps]:focus').waitFor();
  await page.close();
});
await check('what is wrong with a model is one sentence on the page', async () => {
  const page = await open(plain, '?backend=cpu', { errors: true });
  await statusIs(page, /^Ready/);
  await page.locator('[name=model]').selectOption('');
  for (const [address, pattern] of [
    ['models/nowhere', /no file http.*models\/nowhere\/config\.json \(the server answers 404\)/],
    ['page/models/tinyshakespeare-absorb', /config\.json \(the server answers with a web page/],
    ['cut/models/tinyshakespeare-absorb', /model\.safetensors broke off after \d+ of \d+ bytes/],
    ['short/models/tinyshakespeare-absorb', /model\.safetensors is cut short/],
    [
      `${elsewhere.origin}/models/tinyshakespeare-absorb`,
      /localhost:\d+ does not let pages of other sites read it \(CORS\)/,
    ],
    ['http://[', /is not an address that a page/],
    ['hf:org/repo', /is not an address that a page can load from/],
  ]) {
    await page.locator('[name=address]').fill(address);
    await page.locator('#run').click();
    await page.locator('#problem').filter({ hasText: pattern, visible: true }).waitFor();
  }
  await page.locator('[name=model]').selectOption({ index: 0 });
  await page.locator('[name=backend]').selectOption('webgpu');
  await page.locator('#run').click();
  await page
    .locator('#problem')
    .filter({ hasText: /webgpu|WebGPU/, visible: true })
    .waitFor();
  await page.close();
});
await check('.wasm files that are not there are an error that names the option', async () => {
  const page = await harness(plain, '', { errors: true });
  const message = await page.evaluate(
    (model) =>
      globalThis.samplewire
        .openModel(model, { backend: 'wasm', wasmPaths: '/nowhere' })
        .catch((error) => error.message),
    `${origin}/models/tinyshakespeare-absorb`,
  );
  assert.match(message, /^The WASM backend does not start from \/nowhere: .*wasmPaths/);
  const [other, same] = await page.evaluate(async (model) => {
    const { openModel: openHere } = globalThis.samplewire;
    const take = (wasmPaths) => openHere(model, { backend: 'wasm', wasmPaths }).catch((error) => error.message);
    return [await take('/elsewhere'), await take('/nowhere')];
  }, `${origin}/models/tinyshakespeare-absorb`);
  assert.match(other, /^The WASM backend does not start from \/elsewhere: .*once in a page/);
  assert.equal(same, message);
  const found = await decode(page, requestFor('cpu', 'ar', { length: 2, seed: 1 }));
  assert.equal(found.ended, 'finished');
  await page.close();
});
await check('.wasm files that are there a little later are taken then', async () => {
  const page = await harness(plain, '', { errors: true });
  await page.route('**/*.wasm', (route) => route.abort());
  const request = requestFor('wasm', 'arpc', short);
  const first = await decode(page, request).catch((error) => error.message);
  await page.unroute('**/*.wasm');
  const second = await decode(page, request);
  assert.match(first, /The WASM backend does not start/);
  assert.deepEqual(second.tokens, shortArpc.tokens);
  await page.close();
});
await check('an opening that is given up ends with the reason', async () => {
  const page = await harness(plain, '', { errors: true });
  const reason = await page.evaluate((model) => {
    const controller = new AbortController();
    const { signal } = controller;
    const progress = ({ stage, done }) => stage === 'download' && done > 0 && controller.abort(new Error('enough'));
    return globalThis.samplewire.openModel(model, { backend: 'cpu', signal, progress }).catch((error) => error.message);
  }, `${origin}/slow/models/tinyshakespeare-absorb`);
  assert.equal(reason, 'enough');
  await page.close();
});
if (screenshots !== undefined) {
  mkdirSync(screenshots, { recursive: true });
  const page = await open(plain, '?pace=100&length=200');
  await statusIs(page, /^Ready/);
  await runTo(page, /^Wrote/);
  await page.locator('#moment').evaluate((slider) => {
    slider.value = String(Math.round(slider.max * 0.55));
    slider.dispatchEvent(new Event('input'));
  });
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path: path.join(screenshots, `${colorScheme}.png`), fullPage: true });
  }
  await page.setViewportSize({ width: 390, height: 800 });
  await page.screenshot({ path: path.join(screenshots, 'narrow.png'), fullPage: true });
  await page.close();
}
await plain.close();

console.log('On WebGPU, in software');
const gpu = await launch(program, 'swiftshader');
await check('the page runs on it when asked, with the same text and NFE', async () => {
  const page = await open(gpu, '?backend=webgpu&pipeline=block-ancestral&pace=100&length=22&seed=3');
  await statusIs(page, /^Ready/);
  assert.match(await figure(page, 'backend'), /^webgpu, .*swiftshader/i);
  await page.locator('details').evaluate((details) => details.setAttribute('open', ''));
  await page.locator('[name=steps]').fill('4');
  await page.locator('[name=blockSize]').fill('8');
  await runTo(page, /^Wrote 16 tokens in 8 forwards/);
  assert.equal(await text(page, '#text'), shortBlocks.text);
  await page.close();
});
await check('a device in software is not taken unasked', async () => {
  const page = await open(gpu, '');
  await statusIs(page, /^Ready\..*runs on wasm.*in software/);
  await page.close();
});
await check('a device that is lost ends the run with a sentence, and the next model gets another', async () => {
  const page = await harness(gpu);
  const message = await page.evaluate(
    async ([model, pipeline]) => {
      const { openModel: openHere, loadPipeline: load, run: start } = globalThis.samplewire;
      const opened = await openHere(model, { backend: 'webgpu' });
      const runnable = await load(pipeline);
      return new Promise((resolve) => {
        start(runnable, { model: opened, length: 40, seed: 1 }).subscribe((event) => {
          if (event.type === 'step') globalThis.devices.at(-1).destroy();
          if (event.type === 'failed') resolve(event.message);
          if (event.type === 'finished') resolve('it finished');
        });
      });
    },
    [`${origin}/models/tinyshakespeare-absorb`, `${origin}/pipelines/block-ancestral.json`],
  );
  assert.match(message, /was lost/);
  const again = await decode(page, requestFor('webgpu', 'block-ancestral', short));
  assert.deepEqual([again.tokens, again.nfe], [shortBlocks.tokens, shortBlocks.nfe]);
  assert.equal(await page.evaluate(() => globalThis.devices.length), 2);
  await page.close();
});
await gpu.close();

await check('no complaints on the console, no requests to anybody else', () => assert.deepEqual(trouble, []));
server.close();
elsewhere.close();
rmSync(folder, { recursive: true, force: true });
console.log(failures === 0 ? 'all passed' : `${failures} failed`);
process.exitCode = failures === 0 ? 0 : 1;
