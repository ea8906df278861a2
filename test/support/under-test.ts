import type { Denoiser } from '../../src/models/denoiser.js';
import { OnnxDenoiser } from '../../src/models/onnx/denoiser.js';
import { Engine } from '../../src/models/onnx/engine/engine.js';
import { createAnswerer } from '../../src/models/onnx/questions/create.js';
import { loadOnnxRuntime } from '../../src/models/onnx/runtime.js';
import type { TableDenoiser } from './table-denoiser.js';
import { TableNetwork } from './table-network.js';

/** Whether tests of exact distributions run on the engine of ONNX Runtime (a project of vitest.config.ts). */
export const onEngine = process.env['SAMPLEWIRE_TEST_ENGINE'] === 'onnx';

/**
 * Runs something on a model that is a table: on that itself, or on the engine of ONNX Runtime with its own slots, batches and
 * question graphs over a network that is the same table. No handle may be left behind, in the engine neither.
 */
export async function withTable<T>(table: TableDenoiser, use: (denoiser: Denoiser) => Promise<T>): Promise<T> {
  const denoiser = onEngine ? await engineOf(table) : table;
  const result = await use(denoiser);
  if (denoiser.live > 0) throw new Error(`${denoiser.live} handles were left behind`);
  if (denoiser instanceof OnnxDenoiser) {
    const { handles, predictions, buffers } = await denoiser.usage();
    if (handles + predictions + buffers > 0) throw new Error(JSON.stringify({ handles, predictions, buffers }));
    denoiser.dispose();
  }
  return result;
}

async function engineOf({ manifest, model, ar }: TableDenoiser): Promise<OnnxDenoiser> {
  const network = new TableNetwork(manifest.vocabularySize, model, ar);
  const { vocabularySize } = manifest;
  const answerer = await createAnswerer(await loadOnnxRuntime(), { vocabularySize, threads: 1, graphsFrom: 1 });
  const engine = new Engine({ network, answerer, length: manifest.length });
  return new OnnxDenoiser(engine, network.size, manifest);
}
