import { expect, it } from 'vitest';
import type { Denoiser } from '../../../../src/models/denoiser.js';
import { arScore, cached, denoise, forward, logitsOf, releaseReply } from '../../support/calls.js';
import { writeModel } from '../../support/random-model.js';
import { openTested } from '../../support/use-model.js';

const vocabulary = 700;

/** Logits of rows of several lengths in one pass, and of a call on what that leaves in the cache. */
async function logits(denoiser: Denoiser): Promise<number[][]> {
  const texts = [[1, 2, 3], [4], Array.from({ length: 20 }, (_, i) => 30 * i)];
  const caches = await Promise.all(texts.map((text) => cached(denoiser, text, 4)));
  const mask = vocabulary - 1;
  const replies = await forward(denoiser, [
    ...caches.map((cache) => denoise(cache, [mask, 8, mask])),
    ...caches.map((cache) => arScore(cache, [5, 650], [mask, mask])),
  ]);
  const found: number[][] = [];
  for (const reply of replies) {
    found.push([...(await logitsOf(denoiser, reply))]);
    releaseReply(reply);
  }
  for (const cache of caches) cache.release();
  return found;
}

it('what a pass looks up on the device is what the host would send there', async () => {
  const folder = await writeModel({ vocabulary });
  const [host, device] = [await openTested(folder, 'wasm'), await openTested(folder, 'device')];
  const [expected, found] = [await logits(host), await logits(device)];
  expected.forEach((row, index) => {
    expect(found[index]).toHaveLength(row.length);
    row.forEach((value, at) => expect(found[index]?.[at]).toBeCloseTo(value, 3));
  });
  host.dispose();
  device.dispose();
});
