import { expect, it } from 'vitest';
import type { ModelCall } from '../../src/graph/effects.js';
import type { Cache } from '../../src/graph/values.js';
import type { Denoiser } from '../../src/models/denoiser.js';
import { OnnxDenoiser } from '../../src/models/onnx/denoiser.js';
import type { EngineUsage } from '../../src/models/onnx/engine/protocol.js';
import { openModel } from '../../src/models/open-model.js';
import { loadTensorBackend } from '../../src/models/tfjs/load.js';
import { verifyCheckpoint } from '../../src/models/verify.js';
import { arScore, denoise, releaseReply } from './support/calls.js';
import { seededRandom } from '../../scripts/seeded-random.js';
import { smallModel, writeModel } from './support/random-model.js';

const random = seededRandom(5);
const below = (n: number) => Math.floor(random() * n);
const tokens = (count: number) => Array.from({ length: count }, () => below(smallModel.vocabulary - 1));

/** Rounds of forwards over rows of which some grow, some are cut and some stay; all handles are released at the end. */
async function useAtRandom(denoiser: Denoiser, during: () => void): Promise<void> {
  let caches: Cache[] = Array.from({ length: 5 }, () => denoiser.openCache());
  for (let round = 0; round < 30; round += 1) {
    caches = caches.map((cache) => {
      const { length } = cache.tokens;
      const next = cache.follow(
        [cache.tokens, [...cache.tokens, ...tokens(4)], cache.tokens.slice(0, below(length + 1))][below(3)] ?? [],
      );
      cache.release();
      return next;
    });
    const calls = caches.map((cache): ModelCall => {
      if (below(10) === 0) return denoise(cache, [-1]);
      return below(3) === 0 ? arScore(cache, tokens(4), tokens(4)) : denoise(cache, tokens(4));
    });
    const replies = await denoiser.forward(calls);
    replies.forEach((reply, row) => {
      if (!reply.ok) return;
      if (below(2) === 0) {
        caches[row]?.release();
        reply.value.cache.retain();
        caches[row] = reply.value.cache;
      }
      releaseReply(reply.value);
    });
    expect(denoiser.live).toBeLessThanOrEqual(5);
  }
  during();
  for (const cache of caches) cache.release();
  expect(denoiser.live).toBe(0);
}

it.each([true, false])('random use leaves no tensor behind but the weights (x0_causal %s)', async (x0Causal) => {
  const { tf } = await loadTensorBackend('wasm');
  const start = tf.memory();
  const { denoiser } = await openModel(await writeModel({ x0Causal }), { backend: 'wasm' });
  const weights = tf.memory();
  await useAtRandom(denoiser, () => expect(tf.memory().numTensors).toBeGreaterThan(weights.numTensors));
  expect([tf.memory().numTensors, tf.memory().numBytes]).toEqual([weights.numTensors, weights.numBytes]);
  denoiser.dispose();
  denoiser.dispose();
  expect(tf.memory().numTensors).toBe(start.numTensors);
});

it.each([true, false])('random use leaves nothing behind in the engine (x0_causal %s)', async (x0Causal) => {
  const { denoiser } = await openModel(await writeModel({ x0Causal }), { backend: 'onnx' });
  if (!(denoiser instanceof OnnxDenoiser)) throw new Error('another backend was opened');
  let during: Promise<EngineUsage> | undefined;
  await useAtRandom(denoiser, () => void (during = denoiser.usage()));
  expect((await during)?.slots).toBeGreaterThan(0);
  expect(await denoiser.usage()).toMatchObject({ handles: 0, slots: 0, capacity: 0, predictions: 0, buffers: 0 });
  await denoiser.end();
});

it('handles released while a forward is under way, and after the model is disposed of, leave nothing behind', async () => {
  const { tf } = await loadTensorBackend('wasm');
  const start = tf.memory().numTensors;
  const { denoiser } = await openModel(await writeModel(), { backend: 'wasm' });
  const cache = denoiser.openCache().follow(tokens(20));
  const pending = denoiser.forward([denoise(cache, tokens(4))]);
  cache.release();
  const [reply] = await pending;
  denoiser.dispose();
  if (reply?.ok !== true) throw new Error('no reply');
  releaseReply(reply.value);
  expect(tf.memory().numTensors).toBe(start);
});

it('verifying leaves nothing behind', async () => {
  const { tf } = await loadTensorBackend('wasm');
  const start = tf.memory().numTensors;
  for (const name of ['blockgen-absorb-blockcausal', 'dit-ar', 'dit-duo']) {
    await verifyCheckpoint(new URL(`../fixtures/parity/${name}`, import.meta.url).pathname);
  }
  expect(tf.memory().numTensors).toBe(start);
});
