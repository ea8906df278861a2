import type { ForwardReply } from '../../src/graph/effects.js';
import type { Block, Cache } from '../../src/graph/values.js';
import type { Denoiser, Settled } from '../../src/models/denoiser.js';

/**
 * ARPC as a researcher would write it for one experiment: the same denoiser calls as `pipelines/arpc.json`
 * with its default parameters, in plain loops, with the platform's random numbers and no checks.
 */
export async function handLoop(
  denoiser: Denoiser,
  { rows, length, blockSize, steps }: { rows: number; length: number; blockSize: number; steps: number },
): Promise<number[][]> {
  const { manifest } = denoiser;
  const uniforms = (n: number): number[] => Array.from({ length: n }, () => Math.random());
  const noise = (n: number): number[] =>
    uniforms(n).map((u) => manifest.maskId ?? Math.floor(u * manifest.vocabularySize));
  const alpha = (i: number): number => (i >= steps ? 1 : 1e-3 + (0.999 * i * (1 - 1e-5)) / steps);
  const texts: number[][] = Array.from({ length: rows }, () => []);
  let caches = texts.map(() => denoiser.openCache());
  for (let start = 0; start < length; start += blockSize) {
    const size = Math.min(blockSize, length - start);
    let blocks: Block[] = texts.map(() => ({
      start,
      size: blockSize,
      tokens: noise(size),
      fixed: new Array<boolean>(size).fill(false),
    }));
    caches = swap(caches, (cache, row) => cache.follow(texts[row] ?? []));
    for (let step = 0; step < steps; step++) {
      const replies = values(
        await denoiser.forward(
          blocks.map((block, row) => ({ call: 'denoise', cache: at(caches, row), block, temperature: 1 })),
        ),
      );
      caches = swap(caches, (_, row) => at(replies, row).cache);
      const last = step === steps - 1;
      const drawn = values(
        await denoiser.answer(
          replies.map(({ prediction }) => ({
            ask: 'posterior' as const,
            prediction,
            alphaT: alpha(step),
            alphaS: 1,
            uniforms: uniforms(size),
          })),
        ),
      );
      for (const { prediction } of replies) prediction.release();
      blocks = blocks.map((block, row) => ({ ...block, tokens: at(drawn, row).tokens }));
      if (last) break;
      const judged: ForwardReply[] = values(
        await denoiser.forward(
          blocks.map((draft, row) => ({
            call: 'ar-score',
            cache: at(caches, row),
            draft,
            probe: noise(size),
            temperature: 1,
          })),
        ),
      );
      caches = swap(caches, (_, row) => at(judged, row).cache);
      const scores = values(
        await denoiser.answer(
          judged.map(({ prediction }, row) => ({
            ask: 'token-score' as const,
            prediction,
            tokens: at(blocks, row).tokens,
            measure: 'nll' as const,
          })),
        ),
      );
      for (const { prediction } of judged) prediction.release();
      const count = Math.max(1, Math.round((1 - alpha(step + 1)) * size));
      blocks = blocks.map((block, row) => {
        const score = at(scores, row);
        const worst = score.map((_, i) => i).sort((a, b) => at(score, b) - at(score, a));
        const tokens = [...block.tokens];
        const fresh = noise(size);
        for (const i of worst.slice(0, count)) tokens[i] = at(fresh, i);
        return { ...block, tokens };
      });
    }
    blocks.forEach((block, row) => texts[row]?.push(...block.tokens));
  }
  for (const cache of caches) cache.release();
  return texts;
}

function at<T>(list: readonly T[], index: number): T {
  const item = list[index];
  if (item === undefined) throw new Error(`nothing at ${index.toString()}`);
  return item;
}

function values<T>(settled: readonly Settled<T>[]): T[] {
  return settled.map((each) => {
    if (!each.ok) throw each.error;
    return each.value;
  });
}

function swap(caches: readonly Cache[], next: (cache: Cache, row: number) => Cache): Cache[] {
  return caches.map((cache, row) => {
    const follower = next(cache, row);
    cache.release();
    return follower;
  });
}
