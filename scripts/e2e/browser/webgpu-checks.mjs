import assert from 'node:assert/strict';
import { short } from './in-node.mjs';
import { decode, figure, runTo, statusIs, text } from './look.mjs';

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
  await check('a device that is lost ends the run with a sentence, and the next model gets another', async () => {
    const page = await visit.harness();
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
      [`${visit.origin}/models/tinyshakespeare-absorb`, `${visit.origin}/pipelines/block-ancestral.json`],
    );
    assert.match(message, /was lost/);
    const again = await decode(page, visit.requestFor('webgpu', 'block-ancestral', short));
    assert.deepEqual([again.tokens, again.nfe], [expected.shortBlocks.tokens, expected.shortBlocks.nfe]);
    assert.equal(await page.evaluate(() => globalThis.devices.length), 2);
    await page.close();
  });
  await check('one that is lost while it is being read says so as well', async () => {
    const page = await visit.harness();
    const lost = await page.evaluate(
      async ([given, prototype]) => {
        const { mapAsync } = globalThis[prototype].prototype;
        globalThis[prototype].prototype.mapAsync = function (...range) {
          const mapping = mapAsync.apply(this, range);
          globalThis.devices.at(-1).destroy();
          return mapping;
        };
        return globalThis.decode(given);
      },
      [visit.requestFor('webgpu', 'block-ancestral', short), 'GPUBuffer'],
    );
    assert.match(lost.message ?? lost.ended, /was lost/);
    await page.close();
  });
}
