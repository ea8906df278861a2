import assert from 'node:assert/strict';
import { short } from './in-node.mjs';
import { figure, runTo, statusIs, text } from './look.mjs';

/** The page and the entry in a browser with WebGPU on a device in software. */
export async function checkWebgpu({ check, visit, expected }) {
  await check('the page runs on it when asked, with the same text and NFE', async () => {
    const page = await visit.open('?backend=webgpu&pipeline=block-ancestral&pace=100&length=22&seed=3');
    await statusIs(page, /^Ready/);
    assert.match(await figure(page, 'backend'), /^webgpu, .*swiftshader/i);
    await page.locator('details').evaluate((details) => details.setAttribute('open', ''));
    await page.locator('[name=steps]').fill('4');
    await page.locator('[name=blockSize]').fill('8');
    await runTo(page, /^Wrote 16 tokens in 8 forwards/);
    assert.equal(await text(page, '#text'), expected.shortBlocks.text);
    await page.close();
  });
  await check('a device in software is not taken unasked', async () => {
    const page = await visit.open('');
    await statusIs(page, /^Ready\..*runs on wasm.*in software/);
    await page.close();
  });
  await check('a device that is lost ends the run with a sentence, and the next run gets another', async () => {
    const page = await visit.open('?backend=webgpu&pipeline=block-ancestral&pace=100&length=256', { errors: true });
    await statusIs(page, /^Ready/);
    await runTo(page, /^Writing/);
    // As a driver that crashes ends it, in the middle of things. (A page that destroys its device itself hears of it much later.)
    const session = await page.context().browser().newBrowserCDPSession();
    await session.send('Browser.crashGpuProcess');
    await page
      .locator('#problem')
      .filter({ hasText: /was lost/, visible: true })
      .waitFor();
    await page.locator('[name=length]').fill(String(short.length));
    await page.locator('[name=seed]').fill(String(short.seed));
    await page.locator('details').evaluate((details) => details.setAttribute('open', ''));
    await page.locator('[name=steps]').fill(String(short.params.steps));
    await page.locator('[name=blockSize]').fill(String(short.params.blockSize));
    await runTo(page, /^Wrote 16 tokens in 8 forwards/);
    assert.equal(await text(page, '#text'), expected.shortBlocks.text);
    assert.match(await figure(page, 'backend'), /^webgpu/);
    await page.close();
  });
}
