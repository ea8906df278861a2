import { lastValueFrom, take } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Model } from '../../src/models/denoiser.js';
import { openModel } from '../../src/models/open-model.js';
import { OnnxDenoiser } from '../../src/models/onnx/denoiser.js';
import { loadTensorBackend } from '../../src/models/tfjs/load.js';
import type { RunRequest } from '../../src/runtime/request.js';
import { run } from '../../src/runtime/run.js';
import { pipeline } from '../support/pipelines.js';
import { namesOn, small } from '../support/small.js';

/** Backends under the runtime, on the small random checkpoints of the parity fixtures. */
const folderOf = (name: string): string => new URL(`../fixtures/parity/${name}`, import.meta.url).pathname;

/** What a model has beside its weights: tensors, or what the engine of ONNX Runtime holds. */
async function heldBy({ denoiser }: Model): Promise<unknown> {
  if (!(denoiser instanceof OnnxDenoiser)) return (await loadTensorBackend('wasm')).tf.memory().numTensors;
  const { handles, slots, predictions, buffers } = await denoiser.usage();
  return { handles, slots, predictions, buffers };
}

describe.each([
  { backend: 'onnx', process: 'absorbing' as const, folder: 'blockgen-absorb-causal' },
  { backend: 'onnx', process: 'uniform' as const, folder: 'blockgen-uniform-causal' },
  { backend: 'wasm', process: 'absorbing' as const, folder: 'blockgen-absorb-causal' },
  { backend: 'wasm', process: 'uniform' as const, folder: 'blockgen-uniform-causal' },
])('on $backend with $process noise', ({ backend, process, folder }) => {
  let model: Model;
  let names: readonly string[];

  beforeAll(async () => {
    // Test files run side by side, and so small a model gains nothing from threads.
    model = await openModel(folderOf(folder), { backend, process, ...(backend === 'onnx' ? { threads: 1 } : {}) });
    names = namesOn(model.denoiser.manifest);
  });

  afterAll(() => {
    model.denoiser.dispose();
  });

  const tokensOf = async (
    name: string,
    { length, ...request }: Partial<RunRequest> & { readonly length: number },
  ): Promise<readonly (readonly number[])[]> => {
    const last = await lastValueFrom(run(pipeline(name), { model, ...small(name, length), ...request }));
    if (last.type !== 'finished') throw new Error(JSON.stringify(last));
    return last.rows.map((row) => row.tokens);
  };

  it('the same seed gives the same tokens alone and beside seven other runs', async () => {
    for (const name of names) {
      const alone = await tokensOf(name, { seed: 11, rows: 2, length: 20 });
      const others = names
        .slice(0, 7)
        .map((other, i) => tokensOf(other, { seed: i, rows: 1 + (i % 2), length: 9 + i }));
      const [beside] = await Promise.all([tokensOf(name, { seed: 11, rows: 2, length: 20 }), ...others]);
      expect(beside, name).toEqual(alone);
    }
  });

  it('200 runs, failed and cancelled ones among them, leave nothing behind', async () => {
    await tokensOf('arpc', { length: 12 });
    const before = await heldBy(model);
    for (let i = 0; i < 200; i++) {
      const name = names[i % names.length] ?? 'arpc';
      const request = { model, ...small(name, 8), seed: i, rows: 1 + (i % 2) };
      await lastValueFrom(run(pipeline(name), request).pipe(take(i % 3 === 0 ? 1 + ((i * 7) % 23) : 1000)));
      // A cancelled run lets go of what a forward under way still uses when that is back.
      for (let turn = 0; turn < 4; turn++) await new Promise((resolve) => setImmediate(resolve));
      expect(model.denoiser.live).toBe(0);
    }
    expect(await heldBy(model)).toEqual(before);
  });

  it('evaluates as many positions for a late block as for an early one', async () => {
    const evaluated: number[] = [];
    await new Promise<void>((resolve) => {
      run(pipeline('block-ancestral'), { model, params: { steps: 3, blockSize: 4 }, length: 24 }).subscribe({
        next: (event) => {
          if (event.type === 'committed') evaluated.push(model.denoiser.counters.positions);
        },
        complete: resolve,
      });
    });
    const perBlock = evaluated.map((total, i) => total - (evaluated[i - 1] ?? total));
    // The second block and all later ones: their own four positions three times, and the four just committed once.
    expect(perBlock.slice(1)).toEqual([16, 16, 16, 16, 16]);
  });
});
