/**
 * The engine and a shipped model in a real Chromium: the page of examples/browser and a page of our own, built from `dist`, which has to be
 * there. With `--screenshots DIR` it leaves pictures of the page. Where there is no browser it is skipped, or with `--require` fails.
 */
import assert from 'node:assert/strict';
import { parseArgs } from 'node:util';
import { findChromium, launch } from './browser/chromium.mjs';
import { checkEntry } from './browser/entry-checks.mjs';
import { resultsInNode } from './browser/in-node.mjs';
import { checkPage } from './browser/page-checks.mjs';
import { takePictures } from './browser/screenshots.mjs';
import { openSite } from './browser/site.mjs';
import { visiting } from './browser/visit.mjs';
import { checkWebgpu } from './browser/webgpu-checks.mjs';

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

const site = await openSite();
const expected = await resultsInNode();
const trouble = [];

console.log('In a browser without a graphics card');
const plain = await launch(program, 'withoutGpu');
const visit = visiting(plain, site, trouble);
await checkPage({ check, visit, expected });
await checkEntry({ check, visit, expected });
if (screenshots !== undefined) await takePictures(visit, screenshots);
await plain.close();

console.log('On WebGPU, in software');
const gpu = await launch(program, 'swiftshader');
await checkWebgpu({ check, visit: visiting(gpu, site, trouble), expected });
await gpu.close();

await check('no complaints on the console, no requests to anybody else', () => assert.deepEqual(trouble, []));
site.close();
console.log(failures === 0 ? 'all passed' : `${failures} failed`);
process.exitCode = failures === 0 ? 0 : 1;
