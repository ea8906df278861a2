import type { ForwardReply, ModelCall } from '../../src/graph/effects.js';
import type { Cache } from '../../src/graph/values.js';
import type { Denoiser, Model, Settled } from '../../src/models/denoiser.js';
import { seededRandom } from '../../scripts/seeded-random.js';
import { onnxBackends } from '../../src/models/backends.js';
import { openModel, type OpenOptions } from '../../src/models/open-model.js';

export interface OpenBenchOptions {
  readonly backend: string;
  readonly precision?: string;
  readonly threads: number;
}

/** Opens a model without a look at the network: a vocabulary of GPT-2's size would bring its tokenizer from the hub. */
export function openBenchModel(
  folder: string,
  { backend, precision = 'fp32', threads }: OpenBenchOptions,
): Promise<Model> {
  const options: OpenOptions & { readonly threads?: number; readonly precision?: string } = {
    backend,
    // Other backends take their threads from the environment, or have one, and compute in fp32.
    ...(onnxBackends.some((name) => name === backend) ? { threads, precision } : {}),
    hub: { environment: { HF_HUB_OFFLINE: '1' } },
  };
  return openModel(folder, options);
}

/** Value of what has to have gone well. */
export function valueOf<T>(settled: Settled<T> | undefined): T {
  if (settled === undefined) throw new Error('the model gave no reply');
  if (!settled.ok) throw settled.error;
  return settled.value;
}

const random = seededRandom(1);

/** Tokens that are no mask and differ between rows, so that no two rows share a cache. */
export const randomTokens = (vocabularySize: number, count: number): number[] =>
  Array.from({ length: count }, () => Math.floor(random() * (vocabularySize - 1)));

/** Does calls at once and gives back all that they gave; the milliseconds of the calls alone. */
export async function forwardOnce(
  denoiser: Denoiser,
  calls: readonly ModelCall[],
): Promise<{ readonly milliseconds: number; readonly caches: readonly Cache[] }> {
  const began = performance.now();
  const replies = await denoiser.forward(calls);
  const milliseconds = performance.now() - began;
  const values: ForwardReply[] = replies.map(valueOf);
  for (const { prediction } of values) prediction.release();
  return { milliseconds, caches: values.map(({ cache }) => cache) };
}

export const denoiseCall = (cache: Cache, tokens: readonly number[]): ModelCall => ({
  call: 'denoise',
  cache,
  block: { start: cache.tokens.length, size: tokens.length, tokens, fixed: tokens.map(() => false) },
  temperature: 1,
});

/** Clean tokens that go through the network at once on the way into a cache. */
const prefillTokens = 128;

/** A cache that holds `tokens`, none of them waiting, and begins as `beginning` does; the caller's. */
export async function filledCache(denoiser: Denoiser, tokens: readonly number[], beginning?: Cache): Promise<Cache> {
  let cache = beginning ?? denoiser.openCache();
  beginning?.retain();
  for (let end = cache.cached; end < tokens.length;) {
    end = Math.min(tokens.length, end + prefillTokens);
    const follower = cache.follow(tokens.slice(0, end));
    cache.release();
    const { caches } = await forwardOnce(denoiser, [denoiseCall(follower, noiseFor(denoiser, 1))]);
    follower.release();
    const [next] = caches;
    if (next === undefined) throw new Error('the model gave no cache');
    cache = next;
  }
  return cache;
}

/** Pure noise: masks, or one token like any other where noise is uniform. */
export const noiseFor = ({ manifest: { maskId } }: Denoiser, count: number): number[] =>
  new Array<number>(count).fill(maskId ?? 0);

/**
 * Rows of `cached` tokens each, and a forward that denoises a block behind each of them. All but the last tokens are the
 * same in all rows, which fills them sooner; keys and values behind different texts have to lie apart all the same.
 */
export async function rowsBehind(
  denoiser: Denoiser,
  { rows, cached, block }: { readonly rows: number; readonly cached: number; readonly block: number },
): Promise<{
  readonly forward: () => Promise<void>;
  /** The same, with the most likely token of each position read back. */
  readonly step: () => Promise<void>;
  readonly release: () => void;
}> {
  const caches: Cache[] = [];
  const some = (count: number): number[] => randomTokens(denoiser.manifest.vocabularySize, count);
  const own = Math.min(block, cached);
  const common = some(cached - own);
  const beginning = common.length === 0 ? undefined : await filledCache(denoiser, common);
  for (let row = 0; row < rows; row += 1) {
    caches.push(await filledCache(denoiser, [...common, ...some(own)], beginning));
  }
  beginning?.release();
  const noise = noiseFor(denoiser, block);
  return {
    forward: async () => {
      const { caches: after } = await forwardOnce(
        denoiser,
        caches.map((cache) => denoiseCall(cache, noise)),
      );
      for (const cache of after) cache.release();
    },
    step: async () => {
      const replies = (await denoiser.forward(caches.map((cache) => denoiseCall(cache, noise)))).map(valueOf);
      const answers = await denoiser.answer(replies.map(({ prediction }) => ({ ask: 'argmax' as const, prediction })));
      answers.forEach(valueOf);
      for (const { prediction, cache } of replies) {
        prediction.release();
        cache.release();
      }
    },
    release: () => {
      for (const cache of caches) cache.release();
    },
  };
}
