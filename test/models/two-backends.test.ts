import { fileURLToPath } from 'node:url';
import { lastValueFrom } from 'rxjs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { placeOf, withCheckpoint } from '../../src/models/checkpoint/folder.js';
import { manifestOf } from '../../src/models/manifest-of.js';
import type { Model } from '../../src/models/denoiser.js';
import { openModel } from '../../src/models/open-model.js';
import { networkOf, openTfjsDenoiser } from '../../src/models/tfjs/open.js';
import { causalPasses } from '../../src/models/parity/raw-passes.js';
import { loadTensorBackend } from '../../src/models/tfjs/load.js';
import { runRawPasses } from '../../src/models/tfjs/raw-passes.js';
import { run } from '../../src/runtime/run.js';
import { pipeline } from '../support/pipelines.js';
import { tensorflowIsThere } from '../support/tensorflow.js';
import { arScore, cached, denoise, evaluate, forward, releaseReply } from './support/calls.js';

const parity = fileURLToPath(new URL('../fixtures/parity/', import.meta.url));
const folder = `${parity}blockgen-absorb-causal`;

afterEach(() => {
  vi.restoreAllMocks();
});

async function tokensOf(model: Model, seed: number): Promise<readonly (readonly number[])[]> {
  const request = { model, params: { steps: 3, blockSize: 4 }, rows: 2, length: 20, seed };
  const last = await lastValueFrom(run(pipeline('arpc'), request));
  if (last.type !== 'finished') throw new Error(JSON.stringify(last));
  return last.rows.map(({ tokens }) => tokens);
}

/** Logits along one row, with something else done between its passes. */
async function logitsOf({ denoiser }: Model, between: () => Promise<unknown>): Promise<(readonly number[])[]> {
  const cache = await cached(denoiser, [1, 2, 3, 4], 4);
  await between();
  const { logits: noisy } = await evaluate(denoiser, denoise(cache, [22, 22, 5, 22]));
  await between();
  const { logits: scores } = await evaluate(denoiser, arScore(cache, [5, 6], [22, 22]));
  cache.release();
  return [noisy, scores];
}

it('a model on WASM goes on while a model on another backend is opened and disposed of', async () => {
  // The first model starts its backend while the other one is at work.
  const cpu = await openModel(folder, { backend: 'cpu', process: 'absorbing' });
  const [wasm, tokens] = await Promise.all([
    openModel(folder, { backend: 'wasm', process: 'absorbing' }),
    tokensOf(cpu, 5),
  ]);
  expect(await tokensOf(cpu, 5)).toEqual(tokens);
  const alone = await tokensOf(wasm, 5);
  await loadTensorBackend('cpu');
  expect(await tokensOf(wasm, 5)).toEqual(alone);
  cpu.denoiser.dispose();
  expect(await tokensOf(wasm, 5)).toEqual(alone);
  wasm.denoiser.dispose();
});

it('weights and joined caches lie on their own backend, whichever is active', async () => {
  const backend = await loadTensorBackend('wasm');
  const { tf } = await loadTensorBackend('cpu');
  const cpu = tf.backend();
  const write = vi.spyOn(cpu, 'write');
  const move = vi.spyOn(cpu, 'move');
  const denoiser = await withCheckpoint(folder, (checkpoint) =>
    openTfjsDenoiser(backend, checkpoint, manifestOf(checkpoint, placeOf(folder), null, 'absorbing')),
  );
  const caches = [await cached(denoiser, [1, 2, 3, 4], 4), await cached(denoiser, [5, 6], 2)];
  await tf.setBackend('cpu');
  // The two rows come from two passes, so their keys and values are put together before the network runs.
  const replies = await forward(
    denoiser,
    caches.map((cache) => denoise(cache, [22, 22])),
  );
  expect([write.mock.calls.length, move.mock.calls.length]).toEqual([0, 0]);
  replies.forEach(releaseReply);
  for (const cache of caches) cache.release();
  denoiser.dispose();
});

const others = [
  { other: 'cpu', there: true },
  { other: 'tensorflow', there: tensorflowIsThere },
] as const;

describe.each([...others, { other: 'onnx', there: true } as const])(
  'models on wasm and $other side by side',
  ({ other, there }) => {
    it.runIf(there)('compute what they compute alone, and leave no tensor', async () => {
      const { tf } = await loadTensorBackend('wasm');
      const before = tf.memory().numTensors;
      const models = await Promise.all(
        (['wasm', other] as const).map((backend) => openModel(folder, { backend, process: 'absorbing' })),
      );
      const nothing = () => Promise.resolve();
      const alone: { tokens: readonly (readonly number[])[]; logits: (readonly number[])[] }[] = [];
      for (const model of models)
        alone.push({ tokens: await tokensOf(model, 7), logits: await logitsOf(model, nothing) });
      const together = await Promise.all(
        models.map(async (model, i) => {
          const beside = models[1 - i] ?? model;
          const [tokens, logits] = await Promise.all([tokensOf(model, 7), logitsOf(model, () => tokensOf(beside, i))]);
          return { tokens, logits };
        }),
      );
      expect(together).toEqual(alone);
      for (const { denoiser } of models) {
        expect(denoiser.live).toBe(0);
        denoiser.dispose();
      }
      expect(tf.memory().numTensors).toBe(before);
    });
  },
);

describe.each(others)('networks on wasm and $other side by side', ({ other, there }) => {
  it.runIf(there)('compute what they compute alone', async () => {
    const sides = await Promise.all(
      (['wasm', other] as const).map(async (name) => {
        const backend = await loadTensorBackend(name);
        const network = await withCheckpoint(folder, (checkpoint) => networkOf(backend, checkpoint));
        return {
          network,
          logits: () => runRawPasses(backend.tf, network, causalPasses([[[1, 2, 3]], [[4]], [[5, 6]]]), 23),
        };
      }),
    );
    const alone: Float32Array[][] = [];
    for (const { logits } of sides) alone.push(await logits());
    expect(await Promise.all(sides.map(({ logits }) => logits()))).toEqual(alone);
    for (const { network } of sides) network.dispose();
  });
});
