/* global Event */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { runTo, statusIs } from './look.mjs';

/** Leaves pictures of the page in the middle of a decode: light, dark and narrow. */
export async function takePictures(visit, folder) {
  mkdirSync(folder, { recursive: true });
  const page = await visit.open('?pace=100&length=200');
  await statusIs(page, /^Ready/);
  await runTo(page, /^Wrote/);
  await page.locator('#moment').evaluate((slider) => {
    slider.value = String(Math.round(slider.max * 0.55));
    slider.dispatchEvent(new Event('input'));
  });
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path: path.join(folder, `${colorScheme}.png`), fullPage: true });
  }
  await page.setViewportSize({ width: 390, height: 800 });
  await page.screenshot({ path: path.join(folder, 'narrow.png'), fullPage: true });
  await page.close();
}
