import { expect, it } from 'vitest';
import { arScore, denoise, forward, logitsOf, releaseReply, waiting } from '../../support/calls.js';
import { writeModel } from '../../support/random-model.js';
import { openOnDevice } from '../support/device-model.js';

it('in 16 bits a network on a device gives about the logits that it gives in 32, and others', async () => {
  const folder = await writeModel({ hidden: 16, heads: 2, layers: 2, vocabulary: 300, length: 100, scale: 2 });
  const found: Float32Array[][] = [];
  for (const precision of ['fp32', 'fp16'] as const) {
    const { denoiser } = await openOnDevice(folder, 'cpu', precision);
    const cache = waiting(denoiser, [1, 2, 3, 4]);
    const first = await forward(denoiser, [denoise(cache, [299, 7, 299])]);
    const next = first.map((reply) => reply.cache);
    const replies = await forward(
      denoiser,
      [...next, ...next].map((text) => arScore(text, [5, 6], [299, 299])),
    );
    const logits: Float32Array[] = [];
    for (const reply of [...first, ...replies]) logits.push(await logitsOf(denoiser, reply));
    [...first, ...replies].forEach(releaseReply);
    cache.release();
    await denoiser.end();
    found.push(logits);
  }
  const [exact = [], half = []] = found;
  const differences = exact.map((logits, index) =>
    Math.max(...logits.map((x, i) => Math.abs(x - (half[index]?.[i] ?? NaN)))),
  );
  const largest = Math.max(...exact.flatMap((logits) => [...logits].map(Math.abs)));
  for (const difference of differences) {
    expect(difference).toBeGreaterThan(0);
    expect(difference).toBeLessThan(0.02 * largest);
  }
});
