/* global setTimeout */
import assert from 'node:assert/strict';
import { figure, runTo, statusIs, text } from './look.mjs';

/** The page of examples/browser, in a browser without a graphics card. */
export async function checkPage({ check, visit, expected }) {
  await check('the page opens the model on wasm and says why; arpc writes what it writes in Node', async () => {
    const page = await visit.open('?pace=100');
    await statusIs(page, /^Ready\..*runs on wasm.*WebGPU/);
    await runTo(page, /^Wrote 122 tokens in \d+ forwards/);
    assert.equal(await text(page, '#text'), expected.arpc.text);
    assert.deepEqual(
      [await figure(page, 'NFE'), await figure(page, 'of them AR')],
      [`${expected.arpc.nfe.total}`, `${expected.arpc.nfe.ar}`],
    );
    assert.equal(await figure(page, 'backend'), 'wasm');
    await page.close();
  });
  await check('Stop ends a run at once, and the next one goes on', async () => {
    const page = await visit.open('?pipeline=ar&length=256&pace=100');
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
    const page = await visit.open('?backend=cpu&pipeline=ar&length=12&pace=100');
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
      const page = await visit.open('harness.html');
      const later = (milliseconds) => async (route) => {
        await new Promise((resolve) => setTimeout(resolve, milliseconds));
        await route.continue();
      };
      await page.route('**/*.safetensors', later(1500));
      await page.route('**/pipelines/full-sequence.json', later(1000));
      await page.goto(`${visit.origin}/?backend=cpu`);
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
  await check(
    'what the form will not take is said, of the address of the page and of fields out of sight',
    async () => {
      const page = await visit.open('?backend=gpu&pipeline=nope&pace=500&seed=5&run=1');
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
    },
  );
  await check('what is wrong with a model is one sentence on the page', async () => {
    const page = await visit.open('?backend=cpu', { errors: true });
    await statusIs(page, /^Ready/);
    await page.locator('[name=model]').selectOption('');
    for (const [address, pattern] of [
      ['models/nowhere', /no file http.*models\/nowhere\/config\.json \(the server answers 404\)/],
      ['page/models/tinyshakespeare-absorb', /config\.json \(the server answers with a web page/],
      ['cut/models/tinyshakespeare-absorb', /model\.safetensors broke off after \d+ of \d+ bytes/],
      ['short/models/tinyshakespeare-absorb', /model\.safetensors is cut short/],
      [
        `${visit.elsewhere}/models/tinyshakespeare-absorb`,
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
}
